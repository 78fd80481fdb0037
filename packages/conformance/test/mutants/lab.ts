import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Mutant, MutantTable } from './mutant.js'

const PACKAGES = fileURLToPath(new URL('../../../', import.meta.url))
const WS = join(PACKAGES, '..', 'node_modules', 'ws')

/** A folder in which copies of the packages find each other, as if they were installed there. */
export class Lab {
  readonly #folder = mkdtempSync(join(tmpdir(), 'echosession-mutants-'))

  /**
   * Copies the packages and changes one of them.
   * @returns the folder.
   * @throws Error when the mutant's text does not stand exactly once in its file.
   */
  prepare(
    name: string,
    packages: readonly string[],
    change?: { table: MutantTable; mutant: Mutant },
  ): string {
    const folder = join(this.#folder, name)
    for (const short of packages) {
      const to = join(folder, 'node_modules', '@echosession', short)
      mkdirSync(to, { recursive: true })
      for (const part of ['package.json', 'dist']) {
        cpSync(join(PACKAGES, short, part), join(to, part), {
          recursive: true,
          filter: (path) => !path.endsWith('.d.ts'),
        })
      }
    }
    symlinkSync(WS, join(folder, 'node_modules', 'ws'))
    if (change !== undefined) mutate(folder, change.table, change.mutant)
    return folder
  }

  /** Removes the copies in a folder, without holding up who reports: on a busy disk thousands of files take minutes. */
  discard(folder: string): Promise<void> {
    return rm(folder, { recursive: true, force: true })
  }

  /** Removes what is left. */
  close(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function mutate(folder: string, table: MutantTable, { id, file, find, replace }: Mutant): void {
  const path = join(folder, 'node_modules', '@echosession', table.package, 'dist', file)
  const text = readFileSync(path, 'utf8')
  const times = text.split(find).length - 1
  if (times !== 1) {
    throw new Error(
      `The mutant ${id} is stale: its text stands ${times} times in ${table.package}/dist/${file}.`,
    )
  }
  writeFileSync(
    path,
    text.replace(find, () => replace),
  )
}
