import { FAULTS, HOSTS, registerFaults } from '@echosession/hosts'

for (const secure of [false, true])
  registerFaults('hono on node-server 2', HOSTS['hono on node-server 2'], secure, FAULTS)
