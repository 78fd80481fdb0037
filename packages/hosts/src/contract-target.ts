import type { Target } from '@echosession/conformance'
import type { Mount } from './host.js'

/** How a target differs from a plain host. */
export interface TargetVariant {
  /** What the name says besides the host. */
  readonly suffix: string
  /** Whether the server speaks TLS. */
  readonly secure?: boolean
  /** Whether permessage-deflate is on where a case does not decide it. */
  readonly compression?: boolean
  /** Where the session's route is mounted in the host's own way. */
  readonly prefix?: string
  /** Whether the transport's fast paths are on. */
  readonly fastPath?: boolean
}

/** The ways in which every host is judged. */
export const TARGET_VARIANTS: readonly TargetVariant[] = [
  { suffix: '' },
  { suffix: ' over TLS', secure: true },
  // One variant the long way round, so that both are judged on every host.
  { suffix: ' under a sub-path', prefix: '/deep', fastPath: false },
  { suffix: ' with compression', compression: true },
]

/** Makes a target of the contract suite of a host. */
export function createHostTarget(name: string, mount: Mount, variant: TargetVariant): Target {
  const { suffix, secure = false, compression = false, prefix, fastPath } = variant
  return {
    name: `${name}${suffix}`,
    capabilities: {
      network: true,
      http: true,
      middleware: true,
      server: true,
      ping: true,
      pause: true,
      unfinished: true,
      compression: true,
    },
    async mount(definition, options, { middleware }) {
      const host = await mount({
        routes: { '/ws': definition },
        options: { compression, ...(fastPath === undefined ? {} : { fastPath }), ...options },
        secure,
        ...(prefix === undefined ? {} : { prefix }),
        ...(middleware === undefined ? {} : { before: middleware }),
      })
      return {
        sessions: host.sessions,
        server: host.server,
        url: `${secure ? 'wss' : 'ws'}://127.0.0.1:${host.port}${prefix ?? ''}/ws`,
        close: async () => void (await host.close()),
      }
    },
  }
}
