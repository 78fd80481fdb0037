import { parseArgs } from 'node:util'

/** One flag of a command. */
export interface Flag {
  /** What the flag takes, for the help text; none for a switch. */
  readonly takes?: string
  /** What the flag does. */
  readonly does: string
}

/** What a command line says. */
export interface Arguments {
  /** The values of each flag that takes some, split at commas. */
  readonly values: Readonly<Record<string, readonly string[]>>
  /** The switches that are on. */
  readonly switches: ReadonlySet<string>
}

/** A command line that cannot be obeyed; the message says why in one sentence. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError'
}

/**
 * Reads a command line.
 * @throws {@link ArgumentError} that names what is wrong and what is allowed.
 */
export function readArguments(line: readonly string[], flags: Readonly<Record<string, Flag>>): Arguments {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      flag.takes === undefined ? { type: 'boolean' as const } : { type: 'string' as const, multiple: true },
    ]),
  )
  const allowed = `the flags are ${Object.keys(flags)
    .map((name) => `--${name}`)
    .join(', ')}`
  const { tokens } = parseArgs({
    args: [...line],
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  })
  const values: Record<string, string[]> = {}
  const switches = new Set<string>()
  for (const token of tokens) {
    if (token.kind === 'positional')
      throw new ArgumentError(`${JSON.stringify(token.value)} is not a flag; ${allowed}.`)
    if (token.kind !== 'option') continue
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined
    if (flag === undefined) throw new ArgumentError(`There is no flag ${token.rawName}; ${allowed}.`)
    if (flag.takes === undefined) {
      if (token.value !== undefined)
        throw new ArgumentError(`--${token.name} takes no value; leave out ${JSON.stringify(token.value)}.`)
      switches.add(token.name)
      continue
    }
    const given = (token.value ?? '').split(',').filter((value) => value !== '')
    if (given.length === 0) throw new ArgumentError(`--${token.name} needs a value: ${flag.takes}.`)
    values[token.name] = [...(values[token.name] ?? []), ...given]
  }
  return { values, switches }
}

/** Writes the help text of a command. */
export function helpText(usage: string, purpose: string, flags: Readonly<Record<string, Flag>>): string {
  const rows = Object.entries(flags).map(
    ([name, flag]) => [`--${name}${flag.takes === undefined ? '' : ` <${flag.takes}>`}`, flag.does] as const,
  )
  const width = Math.max(...rows.map(([left]) => left.length))
  return [
    `Usage: ${usage}`,
    '',
    purpose,
    '',
    ...rows.map(([left, does]) => `  ${left.padEnd(width)}  ${does}`),
  ].join('\n')
}
