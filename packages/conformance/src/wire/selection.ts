/** Turns patterns such as `6.*` or `H.2.*`, or several joined by commas, into a test of case ids. */
export function createSelection(patterns: readonly string[]): (id: string) => boolean {
  const expressions = patterns
    .flatMap((pattern) => pattern.split(','))
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '')
    .map((pattern) => {
      const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')
      return new RegExp(`^${escaped}$`, 'i')
    })
  return (id) => expressions.some((expression) => expression.test(id))
}
