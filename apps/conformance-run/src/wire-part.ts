import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Report, runWire, type WireLimits } from '@echosession/conformance'
import { OPTIONS } from '@echosession/core'
import { DEMOS } from 'demo-kit'
import { startServer } from './server-process.js'

/** A server that the wire suite is played against, as a process of its own. */
export interface WireTarget {
  /** The name of its column. */
  readonly name: string
  /** What it is started by: the name of a demo, or `bare ws`. */
  readonly server: string
  readonly main: string
  /** What it is told besides, such as `COMPRESSION`. */
  readonly env: Readonly<Record<string, string>>
  /** The limits that it then has, when a case goes beyond them. */
  readonly limits: WireLimits | undefined
}

/** The column of `ws` alone, which is there to compare with and no part of the committed matrix. */
export const BARE_WS = 'bare ws'

// Larger than anything that a case sends.
const LIFTED = { MAX_MESSAGE_BYTES: '268435456', MAX_FRAGMENTS: '1048576', COMPRESSION: '1' }

// libuv starts four threads for zlib whatever the machine has; those beyond its cores only wake each other up.
const THREADS = { UV_THREADPOOL_SIZE: String(availableParallelism()) }

const OUR_LIMITS = {
  maxMessageBytes: OPTIONS.maxMessageBytes.default,
  maxFragments: OPTIONS.maxFragments.default,
}
const WS_LIMITS = { maxMessageBytes: 100 * 1024 * 1024, maxFragments: 16 * 1024 }

/**
 * Lists the targets of the wire suite: each server at its defaults, with its limits declared; when `full`, each again
 * with its limits lifted and compression on, so that no case is turned into one of a limit.
 */
export function wireTargets(full: boolean): WireTarget[] {
  const servers = [
    ...Object.keys(DEMOS).map((server) => ({
      server,
      main: fileURLToPath(new URL('./main.js', import.meta.resolve(server))),
      limits: OUR_LIMITS,
    })),
    { server: BARE_WS, main: fileURLToPath(new URL('./bare-ws.js', import.meta.url)), limits: WS_LIMITS },
  ]
  return [
    ...servers.map((one) => ({ ...one, name: one.server, env: THREADS })),
    ...servers.map((one) => ({
      ...one,
      name: `${one.server}, limits lifted`,
      env: { ...THREADS, ...LIFTED },
      limits: undefined,
    })),
  ].slice(0, full ? undefined : servers.length)
}

/** Plays the wire suite against one server. */
export async function judgeServer(
  { name, server, main, env, limits }: WireTarget,
  onCase: (done: number, total: number) => void,
  seed?: number,
): Promise<Report> {
  const running = await startServer(server, main, env)
  try {
    return await runWire({
      url: running.url,
      name,
      onProgress: ({ done, total }) => onCase(done, total),
      ...(seed === undefined ? {} : { seed }),
      ...(limits === undefined ? {} : { limits }),
    })
  } finally {
    await running.stop()
  }
}
