import { FAULTS, HOSTS, registerFaults } from '@echosession/hosts'

for (const secure of [false, true])
  registerFaults('hono on node-ws', HOSTS['hono on node-ws'], secure, FAULTS)
