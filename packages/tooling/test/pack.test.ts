import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { environmentFor, npmCommand, ownRuntime } from '../dist/runtime.js'
import { packWorkspaces, type Tarball } from '../dist/tarball.js'
import { isPublic, readManifest, readWorkspaces } from '../dist/workspace.js'
import { CORE_TRIP, PACK_RECIPES, ROUND_TRIP } from './pack-recipes.js'
import { createFolder, createTree, repository } from './tree.js'

const workspaces = readWorkspaces(repository).filter(isPublic)
const environment = environmentFor(ownRuntime())
const call = promisify(execFile)
const DEADLINE_MS = 90_000

async function run(folder: string, command: string, line: readonly string[]): Promise<string> {
  try {
    const options = { cwd: folder, env: environment, maxBuffer: 64_000_000, timeout: DEADLINE_MS }
    const { stdout } = await call(command, line, options)
    return stdout
  } catch (error) {
    const {
      stdout = '',
      stderr = '',
      killed,
    } = error as { stdout?: string; stderr?: string; killed?: boolean }
    const how = killed ? `did not end within ${DEADLINE_MS / 1000} s` : 'failed'
    throw new Error(`${command} ${line.slice(0, 3).join(' ')} ${how}:\n${stdout}${stderr}`)
  }
}

/** A library as this repository tests with it, so that the user's project gets the same. */
function installed(folder: string): string {
  const { name, version } = readManifest(join(repository, 'node_modules', folder))
  return `${name}@${version}`
}

/** An empty project with the given packages and hosts installed from outside of the workspace. */
async function createProject(tarballs: readonly Tarball[], hosts: readonly string[]): Promise<string> {
  const folder = createTree({ 'package.json': { name: 'someone', private: true, type: 'module' } })
  const [command, ...rest] = npmCommand()
  const line = [
    'install',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--install-links',
  ]
  await run(folder, command, [...rest, ...line, ...tarballs.map(({ file }) => file), ...hosts.map(installed)])
  return folder
}

/** Compiles a TypeScript module of the project, libraries' types included, and complains of ours and the module's. */
async function compile(folder: string, name: string, hasNodeTypes: boolean): Promise<void> {
  const options = {
    target: 'ES2023',
    lib: hasNodeTypes ? ['ES2023'] : ['ES2023', 'DOM'],
    module: 'NodeNext',
    strict: true,
    skipLibCheck: false,
    noEmitOnError: false,
    types: hasNodeTypes ? ['node'] : [],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: [name] }))
  const tsc = join(repository, 'node_modules', 'typescript', 'bin', 'tsc')
  const complaint = await run(folder, process.execPath, [tsc, '-p', '.', '--pretty', 'false']).then(
    () => '',
    (error: Error) => error.message,
  )
  // A host's own types may have faults of their own, which are not ours to mend.
  const ours = complaint
    .split('\n')
    .filter((text) => /^(node_modules\/@echosession\/|[^/]*\.ts\()/.test(text))
  assert.deepEqual(ours, [])
}

describe('pack: the packages in an empty project outside of the workspace', () => {
  let tarballs: readonly Tarball[] = []
  const choose = (names: readonly string[]) =>
    tarballs.filter(({ workspace }) => names.includes(workspace.short))
  before(() => {
    tarballs = packWorkspaces(repository, workspaces, createFolder())
  })

  it('puts what was built, its types and a README into each tarball, and no test, source or setting', () => {
    for (const { workspace, files } of tarballs) {
      const strange = files.filter(
        (path) => !/^(dist\/.+\.(js|d\.ts|css|html|svg)|package\.json|[A-Z]+(\.md)?)$/.test(path),
      )
      assert.deepEqual(strange, [], workspace.name)
      for (const path of ['dist/index.js', 'dist/index.d.ts', 'README.md']) {
        assert.ok(files.includes(path), `${workspace.name} packs no ${path}`)
      }
    }
  })

  it('lets every entry point of every package be imported where all are installed with their hosts', async () => {
    const peers = workspaces.flatMap(({ manifest }) => Object.keys(manifest.peerDependencies ?? {}))
    const hosts = [...new Set(peers)].filter((name) => !name.startsWith('@echosession/'))
    const folder = await createProject(tarballs, hosts)
    const entries = workspaces.flatMap(({ name, manifest }) =>
      Object.keys(manifest.exports ?? {})
        .filter((path) => !path.endsWith('.json'))
        .map((path) => `${name}${path.slice(1)}`),
    )
    const code = entries.map(
      (entry) => `console.log(Object.keys(await import(${JSON.stringify(entry)})).length > 0)`,
    )
    writeFileSync(join(folder, 'all.js'), code.join('\n'))
    const answers = (await run(folder, process.execPath, ['all.js'])).trim().split('\n')
    assert.deepEqual(
      answers,
      entries.map(() => 'true'),
    )
  })

  it('runs and types @echosession/core with nothing else installed', async () => {
    const folder = await createProject(choose(['core']), [])
    writeFileSync(join(folder, 'core.ts'), CORE_TRIP)
    await compile(folder, 'core.ts', false)
    assert.equal(await run(folder, process.execPath, ['core.js']), 'HELLO\n')
    assert.deepEqual(Object.keys(readLock(folder)), ['', 'node_modules/@echosession/core'])
  })

  for (const [name, recipe] of Object.entries(PACK_RECIPES)) {
    it(`runs and types ${name}: an echo goes round, and the process ends by itself`, async () => {
      const folder = await createProject(choose(recipe.packages), recipe.hosts)
      writeFileSync(join(folder, 'server.ts'), recipe.server)
      writeFileSync(join(folder, 'main.js'), ROUND_TRIP)
      await compile(folder, 'server.ts', true)
      const printed = await run(folder, process.execPath, ['main.js'])
      assert.equal(printed, `${JSON.stringify({ answers: ['grüße', [0, 255, 1]], code: 1001 })}\n`)
    })
  }
})

function readLock(folder: string): Readonly<Record<string, unknown>> {
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, unknown>
  }
  return lock.packages
}
