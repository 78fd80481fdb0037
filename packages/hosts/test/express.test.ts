import { FAULTS, HOSTS, registerFaults } from '@echosession/hosts'

for (const secure of [false, true]) registerFaults('express', HOSTS.express, secure, FAULTS)
