/** What a contract says of its clauses. */
export interface Written {
  readonly chapters: Map<number, string>
  readonly ids: string[]
  readonly needs: Map<string, string[]>
}

/** Reads a contract's chapters, clauses, and the capabilities that they name. */
export function readWritten(text: string, letters: 'ES' | 'RL' | 'LG'): Written {
  const chapters = new Map<number, string>()
  const ids: string[] = []
  const needs = new Map<string, string[]>()
  const clause = new RegExp(`^- \\*\\*(${letters}-\\d+\\.\\d+)\\*\\* (.*)$`)
  for (const line of text.split('\n')) {
    const [, number, title] = /^## (\d+) (.+)$/.exec(line) ?? []
    if (number !== undefined && title !== undefined) chapters.set(Number(number), title)
    const [, id, rest = ''] = clause.exec(line) ?? []
    if (id === undefined) continue
    ids.push(id)
    needs.set(
      id,
      [...rest.matchAll(/\[([a-z]+)\]/g)].map(([, name]) => name ?? ''),
    )
  }
  return { chapters, ids, needs }
}
