import { fileURLToPath } from 'node:url'
import { ArgumentError, helpText, readArguments } from './arguments.js'
import { checkDocs } from './checks/docs.js'
import { checkExports } from './checks/exports.js'
import { checkImports } from './checks/imports.js'
import { checkLayout } from './checks/layout.js'
import { checkLint } from './checks/lint.js'
import { checkLock } from './checks/lock.js'
import { checkPortable } from './checks/portable.js'
import { checkSources } from './checks/sources.js'
import { type CheckResult, describeFinding } from './finding.js'

interface Check {
  readonly does: string
  readonly run: (root: string) => CheckResult | Promise<CheckResult>
}

// Types need no row: the build that comes before is the compiler's check of everything.
const CHECKS: Readonly<Record<string, Check>> = {
  lint: { does: 'lint rules and format, by Biome', run: checkLint },
  layout: { does: 'what stands at the top level, changesets, versions', run: checkLayout },
  lock: { does: 'npm ci takes the lockfile', run: checkLock },
  imports: { does: 'who may import whom', run: checkImports },
  sources: { does: 'length, names and habits of every TypeScript file', run: checkSources },
  portable: { does: 'no registry host and no path of one machine in a tracked file', run: checkPortable },
  docs: { does: 'READMEs there, generated tables up to date, examples compile', run: checkDocs },
  exports: {
    does: 'each package as it would be published: publint, attw, dependencies, size',
    run: checkExports,
  },
}

const FLAGS = {
  only: { takes: 'check,…', does: `run these alone: ${Object.keys(CHECKS).join(', ')}` },
  help: { does: 'show this' },
}

const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[\\/]$/, '')
const say = (line: string) => process.stdout.write(`${line}\n`)

async function runCheck(name: string, check: Check): Promise<boolean> {
  const { findings, scope, figures = [] } = await check.run(root)
  const verdict = findings.length === 0 ? 'ok' : `${findings.length} to mend`
  say(`${findings.length === 0 ? '✔' : '✖'} ${name.padEnd(9)} ${verdict} (${scope}): ${check.does}`)
  for (const line of figures) say(`    ${line}`)
  for (const finding of findings) say(`    ${describeFinding(finding)}`)
  return findings.length === 0
}

async function main(line: readonly string[]): Promise<number> {
  const { values, switches } = readArguments(line, FLAGS)
  if (switches.has('help')) {
    const rows = Object.entries(CHECKS).map(([name, check]) => `  ${name.padEnd(9)} ${check.does}`)
    say(helpText('npm run check -- [flags]', 'Checks everything that is not a test:', FLAGS))
    say(['', ...rows].join('\n'))
    return 0
  }
  const wrong = values.only?.find((name) => !Object.hasOwn(CHECKS, name))
  if (wrong !== undefined)
    throw new ArgumentError(`There is no check ${wrong}; there are ${Object.keys(CHECKS).join(', ')}.`)
  let isGood = true
  for (const [name, check] of Object.entries(CHECKS)) {
    if (values.only !== undefined && !values.only.includes(name)) continue
    isGood = (await runCheck(name, check)) && isGood
  }
  return isGood ? 0 : 1
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof ArgumentError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}
