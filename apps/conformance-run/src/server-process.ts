import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { relative } from 'node:path'
import { createInterface } from 'node:readline'

const START_MS = 20_000

/** A server that runs as a process of its own. */
export interface ServerProcess {
  /** Where its echo is. */
  readonly url: string
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>
}

/** Why a server could not be judged, in one sentence. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
}

/**
 * Starts a server on a free port.
 * @param env what it is told besides, such as `COMPRESSION`.
 * @throws {@link ServerError} when it does not say where it listens.
 */
export async function startServer(
  name: string,
  main: string,
  env: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const inherited = { PATH: process.env.PATH ?? '' }
  const child = spawn(process.execPath, [main], {
    env: { ...inherited, ...env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  const cut = setTimeout(() => child.kill('SIGKILL'), START_MS)
  let url: string | undefined
  for await (const line of createInterface(child.stdout)) {
    url = / listening on (ws:\S+)$/.exec(line)?.[1]
    if (url !== undefined) break
  }
  clearTimeout(cut)
  if (url === undefined) {
    child.kill('SIGKILL')
    throw new ServerError(
      `${name} did not start within ${START_MS / 1000} s; start it by itself: PORT=0 node ${relative('', main)}`,
    )
  }
  child.stdout.resume()
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      const force = setTimeout(() => child.kill('SIGKILL'), START_MS)
      await exited
      clearTimeout(force)
      process.off('exit', end)
    },
  }
}
