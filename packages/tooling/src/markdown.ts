/** A fenced block of a Markdown text. */
export interface Fence {
  /** The language, as written after the fence. */
  readonly language: string
  /** What follows the language on that line. */
  readonly info: string
  readonly code: string
  /** The line of the first line of code, from 1. */
  readonly line: number
}

/** Finds the fenced blocks of a Markdown text. */
export function readFences(text: string): Fence[] {
  const fences: Fence[] = []
  let open: { fence: string; language: string; info: string; line: number; code: string[] } | undefined
  for (const [index, line] of text.split('\n').entries()) {
    if (open === undefined) {
      const [, indent, fence, language = '', info = ''] = /^(\s*)(`{3,})\s*([\w-]*)\s*(.*)$/.exec(line) ?? []
      if (indent !== undefined && fence !== undefined) {
        open = { fence, language, info: info.trim(), line: index + 2, code: [] }
      }
    } else if (line.trim() === open.fence) {
      fences.push({ language: open.language, info: open.info, line: open.line, code: open.code.join('\n') })
      open = undefined
    } else open.code.push(line)
  }
  return fences
}

const REGION = /(<!-- generated:([a-z-]+) -->\n)([\s\S]*?)(<!-- \/generated:\2 -->)/g

/** The names of the generated regions of a Markdown text, with the line that each begins on. */
export function generatedRegions(
  text: string,
): { readonly name: string; readonly line: number; readonly body: string }[] {
  return [...text.matchAll(REGION)].map((match) => ({
    name: match[2] ?? '',
    line: text.slice(0, match.index).split('\n').length,
    body: match[3] ?? '',
  }))
}

/** Fills every generated region of a Markdown text; a region without new content stays as it is. */
export function fillRegions(text: string, contents: ReadonlyMap<string, string>): string {
  return text.replace(REGION, (whole, begin: string, name: string, _body: string, end: string) => {
    const content = contents.get(name)
    return content === undefined ? whole : `${begin}${content}${end}`
  })
}

/** Writes a Markdown table. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
  return `${line(head)}${line(head.map(() => '---'))}${rows.map(line).join('')}`
}
