/** A demo server, as the page's server lists it. */
export interface Host {
  readonly name: string
  /** The framework, as people call it. */
  readonly title: string
  readonly adapter: string
  readonly port: number
  readonly maxMessageBytes: number
}

/** Fetches the list of the demos. */
export async function fetchHosts(): Promise<readonly Host[]> {
  const response = await fetch('/hosts.json')
  if (!response.ok) throw new Error(`The list of servers was answered with ${response.status}.`)
  return (await response.json()) as readonly Host[]
}

/** The address of a path on a demo, reached by the name that this page was reached by. */
export function addressOf(host: Host, path: string): string {
  return `ws://${location.hostname}:${host.port}${path}`
}
