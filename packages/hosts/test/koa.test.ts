import { FAULTS, HOSTS, registerFaults } from '@echosession/hosts'

for (const secure of [false, true]) registerFaults('koa', HOSTS.koa, secure, FAULTS)
