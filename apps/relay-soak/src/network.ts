import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { UsageError } from './arguments.js'
import { forwardSignals } from './signals.js'

const ip = (...line: readonly string[]) => execFileSync('ip', line, { encoding: 'utf8', stdio: 'pipe' })

/** Whether this process is in a network namespace that nothing has been done to: not even its loopback is up. */
export function isApart(): boolean {
  return Object.keys(networkInterfaces()).length === 0
}

/**
 * Runs this command once more, in a network namespace of its own that ends with it.
 * @returns its exit status.
 * @throws {@link UsageError} when this machine has no namespaces, or none for this user.
 */
export async function runApart(): Promise<number> {
  // Who is not root may have a namespace where users may have their own.
  const rights = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  const can = spawnSync('unshare', [...rights, '--net', 'ip', 'link'], { encoding: 'utf8' })
  if (can.status !== 0) {
    const reason = can.error?.message ?? can.stderr.trim().split('\n').at(-1)
    throw new UsageError(
      `--partition needs network namespaces, with unshare and ip of Linux and root's rights: ${reason}.`,
    )
  }
  const line = [...rights, '--net', process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const child = spawn('unshare', line, { stdio: 'inherit' })
  forwardSignals((signal) => child.kill(signal))
  const [status] = (await once(child, 'exit')) as [number | null]
  return status ?? 1
}

/**
 * A host of its own for the engine: a network namespace, with one link to each process of this one. Its addresses are of
 * those that documentation may use and nobody has (RFC 5737).
 */
export class EngineHost {
  readonly #holder: ChildProcess

  private constructor(holder: ChildProcess) {
    this.#holder = holder
  }

  /** Makes the host, with so many links. */
  static async open(links: number): Promise<EngineHost> {
    ip('link', 'set', 'lo', 'up')
    // The namespace is there for as long as somebody is in it, and servers come and go.
    const holder = spawn('unshare', ['--net', 'sh', '-c', 'echo there; exec cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await once(holder.stdout, 'data')
    const host = new EngineHost(holder)
    for (let link = 0; link < links; link++) {
      const [near, far] = [`near${link}`, `far${link}`]
      ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', `${holder.pid}`)
      ip('addr', 'add', `192.0.2.${4 * link + 1}/30`, 'dev', near)
      ip('link', 'set', near, 'up')
      host.#inside('ip', 'addr', 'add', `${host.address(link)}/30`, 'dev', far)
      host.connect(link)
    }
    return host
  }

  /** The engine's address at the other end of a link. */
  address(link: number): string {
    return `192.0.2.${4 * link + 2}`
  }

  /** The command line that runs another on this host. */
  commandLine(name: string, line: readonly string[]): [string, string[]] {
    return ['nsenter', [`--net=/proc/${this.#holder.pid}/ns/net`, name, ...line]]
  }

  connect(link: number): void {
    this.#inside('ip', 'link', 'set', `far${link}`, 'up')
  }

  /** Takes a link away: what is sent over it is gone, and neither side is told. */
  disconnect(link: number): void {
    this.#inside('ip', 'link', 'set', `far${link}`, 'down')
  }

  close(): void {
    this.#holder.kill()
  }

  #inside(name: string, ...line: readonly string[]): void {
    execFileSync(...this.commandLine(name, line), { stdio: 'pipe' })
  }
}
