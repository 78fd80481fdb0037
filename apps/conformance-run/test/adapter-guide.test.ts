import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify, stripVTControlCharacters } from 'node:util'

const call = promisify(execFile)
const root = fileURLToPath(new URL('../../..', import.meta.url))
const guide = readFileSync(join(root, 'packages/conformance/README.md'), 'utf8')
const blocks = [...guide.matchAll(/^```(\w+) ?([\w.-]*)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', name = '', code = '']) => ({ language, name, code }),
)
const project = mkdtempSync(join(tmpdir(), 'echosession-guide-'))
const DEADLINE_MS = 100_000
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(NODE_TEST_CONTEXT|NODE_OPTIONS|npm_)/.test(name)),
)
let server: ChildProcess | undefined

async function shell(line: string, cwd = project): Promise<string> {
  try {
    const options = { cwd, env: environment, maxBuffer: 64_000_000, timeout: DEADLINE_MS }
    const { stdout, stderr } = await call('sh', ['-c', line], options)
    return stripVTControlCharacters(stdout + stderr)
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${line} failed:\n${(stdout + stderr).slice(-4_000)}`)
  }
}

function versionOf(name: string): string {
  const text = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** What the guide installs, as it is in this repository: its own packages packed, others in the version tested here. */
function pinned(word: string): string {
  const own = /^@echosession\/(\w+)$/.exec(word)?.[1]
  if (own !== undefined) return join(project, `echosession-${own}-${versionOf(word)}.tgz`)
  return `${word}@${versionOf(word)}`
}

function substitute(line: string, url: string): string {
  const install = /^npm install (--save-dev )?(.+)$/.exec(line)
  if (install === null) return line.replace('ws://127.0.0.1:8086/ws', url)
  const [, flag = '', names = ''] = install
  return `npm install ${flag}--prefer-offline --no-audit --no-fund ${names.split(' ').map(pinned).join(' ')}`
}

before(async () => {
  const own = ['core', 'node', 'conformance'].map((name) => `-w @echosession/${name}`).join(' ')
  await shell(`npm pack --ignore-scripts --pack-destination '${project}' ${own}`, root)
  for (const { name, code } of blocks) if (name !== '') writeFileSync(join(project, name), code)
})

after(async () => {
  if (server !== undefined) {
    const exited = once(server, 'exit')
    server.kill('SIGTERM')
    await exited
  }
  rmSync(project, { recursive: true, force: true })
})

async function startServer(): Promise<string> {
  server = spawn(process.execPath, ['build/main.js'], {
    cwd: project,
    env: { ...environment, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface(server.stdout as NodeJS.ReadableStream)
  const [line] = (await once(lines, 'line')) as [string]
  return line.slice(line.indexOf('ws:'))
}

const OUTCOMES: readonly [RegExp, RegExp][] = [
  [/^node --test /, /# pass \d{3}\n# fail 0|ℹ pass \d{3}\nℹ fail 0/],
  [/^node build\/report/, /\| All \| \d{3} ok \|/],
  [/^npx vitest/, /Tests +\d{3} passed/],
  [/jest\.js/, /Tests: +\d{3} passed/],
  [/^npx echosession-conformance/, /\d{3} cases in [\d.]+ s: \d{3} OK/],
]

for (const line of blocks
  .filter(({ language }) => language === 'sh')
  .flatMap(({ code }) => code.trim().split('\n'))) {
  test(`guide: ${line}`, async () => {
    const url = line.startsWith('npx echosession-conformance') ? await startServer() : ''
    const printed = await shell(substitute(line, url))
    const expected = OUTCOMES.find(([command]) => command.test(line))?.[1]
    if (expected !== undefined) assert.match(printed, expected)
  })
}

for (const name of ['hapi-adapter.ts', 'hapi-target.ts', 'main.ts']) {
  test(`guide: ${name} is that of the worked example`, () => {
    const block = blocks.find((candidate) => candidate.name === name)
    assert.equal(block?.code, readFileSync(join(root, 'apps/echo-hapi/src', name), 'utf8'))
  })
}

test('guide: the help that it shows is that of the command, and the adapter has at most 60 lines', async () => {
  const help = await shell(`'${process.execPath}' packages/conformance/dist/cli/main.js --help`, root)
  assert.ok(guide.includes(`\`\`\`text\n${help}\`\`\``))
  const adapter = blocks.find(({ name }) => name === 'hapi-adapter.ts')
  assert.ok(adapter !== undefined && adapter.code.split('\n').length <= 60)
})
