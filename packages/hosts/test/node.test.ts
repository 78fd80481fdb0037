import { FAULTS, HOSTS, registerFaults } from '@echosession/hosts'

for (const secure of [false, true]) registerFaults('node', HOSTS.node, secure, FAULTS)
