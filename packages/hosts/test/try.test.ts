import { HOSTS, handshakeFaults, registerFaults } from '@echosession/hosts'

for (const [name, mount] of Object.entries(HOSTS)) {
  registerFaults(name, mount, false, handshakeFaults)
  registerFaults(name, mount, true, handshakeFaults)
}
