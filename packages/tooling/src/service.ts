import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { parseSync } from 'vite'

/** A program besides Node that some tests need. */
export interface Service {
  readonly name: string
  /** The names that its binary goes by. */
  readonly binaries: readonly string[]
  /** The Debian packages that bring it. */
  readonly debian: readonly string[]
  /** A test that imports one of these modules needs the service. */
  readonly importedBy: readonly string[]
  /** A command of the shell that succeeds where the program can do its work, when that takes more than its being there. */
  readonly works?: string
}

/**
 * The services that tests may need. A test file asks for one by importing a module of `importedBy`, itself or through
 * its own relative imports, or by saying so in a comment: `// @needs nginx`.
 */
export const SERVICES: readonly Service[] = [
  {
    name: 'chromium',
    binaries: ['chromium', 'chromium-browser', 'google-chrome'],
    debian: ['chromium', 'fonts-dejavu-core'],
    importedBy: ['playwright-core'],
  },
  {
    name: 'redis-server',
    binaries: ['redis-server'],
    debian: ['redis-server'],
    importedBy: ['redis', 'ioredis'],
  },
  {
    name: 'nats-server',
    binaries: ['nats-server'],
    debian: ['nats-server'],
    importedBy: ['nats', '@nats-io/transport-node'],
  },
  { name: 'git', binaries: ['git'], debian: ['git'], importedBy: [] },
  {
    name: 'netns',
    binaries: ['ip'],
    debian: ['iproute2', 'util-linux'],
    importedBy: [],
    works: 'unshare --net ip link || unshare --map-root-user --net ip link',
  },
  { name: 'nginx', binaries: ['nginx'], debian: ['nginx-light'], importedBy: [] },
]

/** Where programs are looked for. */
export function searchPath(): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter)
  // A normal user's path often lacks the folders where Debian keeps servers.
  if (folders.includes('/usr/bin')) folders.push('/usr/local/sbin', '/usr/sbin')
  return folders
}

/** Finds a program on the search path. */
export function findProgram(names: readonly string[]): string | undefined {
  for (const folder of searchPath()) {
    for (const name of names) {
      const path = join(folder, name)
      try {
        accessSync(path, constants.X_OK)
        return path
      } catch {}
    }
  }
  return undefined
}

function isThere({ binaries, works }: Service): boolean {
  if (findProgram(binaries) === undefined) return false
  const env = { ...process.env, PATH: searchPath().join(delimiter) }
  return works === undefined || spawnSync('sh', ['-c', works], { env }).status === 0
}

const NEEDS = /^[\s*]*@needs\s+(.+)$/gm

/** Tells which services a compiled test file needs. */
export function neededServices(file: string, services: readonly Service[]): Set<Service> {
  const needed = new Set<Service>()
  const seen = new Set<string>()
  const visit = (path: string) => {
    if (seen.has(path) || !existsSync(path)) return
    seen.add(path)
    const { module, comments } = parseSync(path, readFileSync(path, 'utf8'))
    const asked = comments.flatMap((comment) =>
      [...comment.value.matchAll(NEEDS)].flatMap(([, names = '']) => names.trim().split(/[\s,]+/)),
    )
    const exported = module.staticExports.flatMap(({ entries }) =>
      entries.map((entry) => entry.moduleRequest?.value),
    )
    const imported = module.staticImports.map(({ moduleRequest }) => moduleRequest.value)
    for (const name of [...imported, ...exported]) {
      if (name?.startsWith('.')) visit(resolve(dirname(path), name))
      for (const service of services)
        if (name !== undefined && service.importedBy.includes(name)) needed.add(service)
    }
    for (const service of services) if (asked.includes(service.name)) needed.add(service)
  }
  visit(file)
  return needed
}

function canInstall(): boolean {
  return process.getuid?.() === 0 && findProgram(['apt-get']) !== undefined
}

function apt(line: readonly string[]): string | undefined {
  const answer = spawnSync('apt-get', ['-q', '-y', ...line], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (answer.status === 0) return undefined
  return (
    answer.stderr.split('\n').find((text) => text.startsWith('E:')) ?? `apt-get ended with ${answer.status}`
  )
}

/** The services that could not be had, each with one sentence on how to get it. */
export type MissingServices = ReadonlyMap<Service, string>

/** Makes sure that the services are there: installs what is missing where that is possible. */
export function provideServices(wanted: ReadonlySet<Service>, say: (line: string) => void): MissingServices {
  const missing = new Map<Service, string>()
  const absent = [...wanted].filter((service) => !isThere(service))
  if (absent.length === 0) return missing
  let trouble: string | undefined
  if (canInstall()) {
    const packages = absent.flatMap((service) => service.debian)
    say(`installing ${packages.join(', ')} with apt-get`)
    apt(['update'])
    trouble = apt(['install', '--no-install-recommends', ...packages])
  }
  for (const service of absent) {
    if (isThere(service)) continue
    const { name, binaries, debian, works } = service
    const how = `install it with: sudo apt-get install ${debian.join(' ')}`
    const why = trouble === undefined ? '' : ` (${trouble})`
    missing.set(
      service,
      findProgram(binaries) === undefined
        ? `${name} is not on this machine${why}; ${how}`
        : `${name} is of no use on this machine: this has to succeed: ${works}`,
    )
  }
  return missing
}
