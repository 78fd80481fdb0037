import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The command. */
export const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** Runs the command to its end. */
export function run(...line: readonly string[]): { readonly status: number | null; readonly text: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...line], { encoding: 'utf8' })
  return { status, text: `${stdout}${stderr}` }
}
