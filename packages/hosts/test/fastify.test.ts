import { FAULTS, HOSTS, registerFaults } from '@echosession/hosts'

for (const secure of [false, true]) registerFaults('fastify', HOSTS.fastify, secure, FAULTS)
