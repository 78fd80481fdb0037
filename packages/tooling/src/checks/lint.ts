import { spawnSync } from 'node:child_process'
import { isAbsolute, join, relative } from 'node:path'
import type { CheckResult, Finding } from '../finding.js'

/** Reads the problems from what `biome ci --reporter=github` prints about the folder `root`. */
export function readAnnotations(output: string, root: string): Finding[] {
  const pattern = /^::(?:error|warning|notice)(?: (.*?))?::(.*)$/gm
  return [...output.matchAll(pattern)].map(([, properties = '', message = '']) => {
    const read = (name: string) => new RegExp(`(?:^|,)${name}=([^,]*)`).exec(properties)?.[1] ?? ''
    const title = decodeURIComponent(read('title'))
    const file = read('file')
    return {
      file: isAbsolute(file) ? relative(root, file) : file,
      line: Number(read('line')) || 0,
      what: `${title}: ${message} (npm run format mends what can be mended by itself)`,
    }
  })
}

/** Runs Biome over the repository: lint rules and format. */
export function checkLint(root: string): CheckResult {
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome')
  const line = [
    biome,
    'ci',
    '--reporter=github',
    '--colors=off',
    '--max-diagnostics=200',
    '--error-on-warnings',
    '.',
  ]
  const answer = spawnSync(process.execPath, line, { cwd: root, encoding: 'utf8', maxBuffer: 64_000_000 })
  const scope = 'every file that Biome knows'
  if (answer.status === 0) return { findings: [], scope }
  const findings = readAnnotations(answer.stdout, root)
  const fallback = {
    file: '',
    line: 0,
    what: `Biome ended with ${answer.status}: ${answer.stderr.trim().slice(0, 500)}`,
  }
  return { findings: findings.length > 0 ? findings : [fallback], scope }
}
