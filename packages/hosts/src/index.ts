import { mountOnExpress } from './express-host.js'
import { mountOnFastify } from './fastify-host.js'
import { floodFaults } from './faults/flood-faults.js'
import { frameFaults } from './faults/frame-faults.js'
import { handlerFaults } from './faults/handler-faults.js'
import { handshakeFaults } from './faults/handshake-faults.js'
import { hostFaults } from './faults/host-faults.js'
import { leavingFaults } from './faults/leaving-faults.js'
import { requestFaults } from './faults/request-faults.js'
import { sharingFaults } from './faults/sharing-faults.js'
import type { Fault } from './faults/stage.js'
import { mountOnHonoNodeServer, mountOnHonoNodeWs } from './hono-host.js'
import type { Mount } from './host.js'
import { mountOnKoa } from './koa-host.js'
import { mountOnNode } from './node-host.js'

export { createHostTarget, TARGET_VARIANTS, type TargetVariant } from './contract-target.js'
export { type Fault, registerFaults } from './faults/stage.js'
export type { Exchange, Host, Mount, OwnAnswer, Setup } from './host.js'

/** Every host by name. */
export const HOSTS = {
  node: mountOnNode,
  express: mountOnExpress,
  koa: mountOnKoa,
  fastify: mountOnFastify,
  'hono on node-ws': mountOnHonoNodeWs,
  'hono on node-server 2': mountOnHonoNodeServer,
} as const satisfies Record<string, Mount>

/** The name of a host. */
export type HostName = keyof typeof HOSTS

/** Every fault of the catalogue that is staged here. */
export const FAULTS: readonly Fault[] = [
  ...requestFaults,
  ...handshakeFaults,
  ...leavingFaults,
  ...frameFaults,
  ...floodFaults,
  ...handlerFaults,
  ...hostFaults,
  ...sharingFaults,
]
