import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CheckResult, Finding } from '../finding.js'
import { isPublic, readWorkspaces, type Workspace } from '../workspace.js'

/** What may stand at the top of the repository, beside dotfiles and what git ignores. */
const TOP = [
  'package.json',
  'package-lock.json',
  'turbo.json',
  'tsconfig.base.json',
  'packages',
  'apps',
  'docs',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
]
const REQUIRED = [
  'package.json',
  'package-lock.json',
  'turbo.json',
  'tsconfig.base.json',
  'packages',
  'apps',
  'README.md',
  'LICENSE',
]
const GENERATED = ['node_modules', 'report', 'dist']

const CHANGESETS = '.changeset/config.json'

function checkTop(root: string): Finding[] {
  const there = readdirSync(root).filter((name) => !name.startsWith('.') && !GENERATED.includes(name))
  const extra = there.filter((name) => !TOP.includes(name))
  const absent = REQUIRED.filter((name) => !there.includes(name))
  return [
    ...extra.map((name) => ({
      file: name,
      line: 0,
      what: 'does not belong at the top level; move it into a workspace.',
    })),
    ...absent.map((name) => ({ file: name, line: 0, what: 'is missing at the top level; add it.' })),
  ]
}

function checkChangesets(root: string): Finding[] {
  const path = join(root, CHANGESETS)
  if (!existsSync(path))
    return [{ file: CHANGESETS, line: 0, what: 'is missing; releases are made with changesets.' }]
  const config = JSON.parse(readFileSync(path, 'utf8')) as { readonly fixed?: readonly (readonly string[])[] }
  if (config.fixed?.some((group) => group.includes('@echosession/*'))) return []
  return [
    {
      file: CHANGESETS,
      line: 0,
      what: 'does not keep the packages on one version; list "@echosession/*" under fixed.',
    },
  ]
}

function checkManifest({ manifest, path, kind, short }: Workspace, version: string | undefined): Finding[] {
  const file = `${path}/package.json`
  const findings: Finding[] = []
  const add = (what: string) => findings.push({ file, line: 0, what })
  if (kind === 'app') {
    if (manifest.private !== true) add('is an app that could be published; set "private": true.')
    return findings
  }
  const { dependencies = {}, devDependencies = {}, peerDependencies = {} } = manifest
  for (const peer of Object.keys(peerDependencies).filter((name) => name.startsWith('@echosession/'))) {
    // Turbo orders its builds by what is installed, and a peer is not.
    if (peer in devDependencies || peer in dependencies) continue
    add(
      `has the peer ${peer} but not as a devDependency too; without it the build may run before the one of ${peer}.`,
    )
  }
  if (manifest.private === true) return findings
  if (manifest.name !== `@echosession/${short}`)
    add(`is named ${manifest.name}; name it @echosession/${short}.`)
  if (manifest.version !== version)
    add(`has version ${manifest.version}, core has ${version}; one number is one contract.`)
  return findings
}

/** Checks what stands where: the top level, the release tooling, and the versions of the packages. */
export function checkLayout(root: string): CheckResult {
  const workspaces = readWorkspaces(root)
  const core = workspaces.find((workspace) => isPublic(workspace) && workspace.short === 'core')
  const manifests = workspaces.flatMap((workspace) => checkManifest(workspace, core?.manifest.version))
  return {
    findings: [...checkTop(root), ...checkChangesets(root), ...manifests],
    scope: `${workspaces.length} workspaces`,
  }
}
