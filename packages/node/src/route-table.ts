import { describe, EchoSessionError, type SessionDefinition } from '@echosession/core'
import type { NodeContext } from './node-adapter.js'
import type { PathParams } from './node-request.js'

/** Paths and what answers them; a segment `:name` stands for any one segment. */
export type Routes<Principals = Readonly<Record<string, unknown>>> = {
  readonly [Path in keyof Principals]: SessionDefinition<Principals[Path], NodeContext>
}

interface Route {
  readonly segments: readonly string[]
  readonly definition: SessionDefinition
}

/** What a path leads to. */
export interface FoundRoute {
  readonly definition: SessionDefinition
  readonly params: PathParams
}

const NO_PARAMS: PathParams = Object.freeze({})

const SEGMENT = /^(?::[A-Za-z_][A-Za-z0-9_]*|[^:/?#]*)$/

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

/** Finds the session that a path leads to. Fixed segments win over parameters. */
export class RouteTable {
  readonly #routes: readonly Route[]
  /** The paths without parameters, as they are asked for nearly always. */
  readonly #fixed = new Map<string, FoundRoute>()

  /** @throws {@link EchoSessionError} with `ES_ERR_ROUTE` for a pattern that is malformed or cannot be told from another. */
  constructor(routes: Readonly<Record<string, SessionDefinition>>) {
    const seen = new Map<string, string>()
    this.#routes = Object.entries(routes)
      .map(([pattern, definition]) => {
        const segments = pattern.split('/').slice(1)
        if (!pattern.startsWith('/') || !segments.every((segment) => SEGMENT.test(segment))) {
          throw new EchoSessionError(
            'ES_ERR_ROUTE',
            `The path ${describe(pattern)} is not a route; allowed is a path such as '/ws' or '/rooms/:room'.`,
          )
        }
        const shape = segments.map((segment) => (segment.startsWith(':') ? ':' : segment)).join('/')
        const other = seen.get(shape)
        if (other !== undefined) {
          throw new EchoSessionError(
            'ES_ERR_ROUTE',
            `The paths ${describe(other)} and ${describe(pattern)} match the same requests.`,
          )
        }
        seen.set(shape, pattern)
        if (!pattern.includes(':') && !pattern.includes('%')) {
          this.#fixed.set(pattern, { definition, params: NO_PARAMS })
        }
        return {
          segments,
          definition,
          parameters: segments.filter((segment) => segment.startsWith(':')).length,
        }
      })
      .sort((a, b) => a.parameters - b.parameters)
  }

  /** The session for a path without its query, and the parameters found in it. */
  find(path: string): FoundRoute | undefined {
    const fixed = this.#fixed.get(path)
    if (fixed !== undefined) return fixed
    const segments = path.split('/').slice(1)
    for (const route of this.#routes) {
      const params = match(route.segments, segments)
      if (params !== undefined) return { definition: route.definition, params }
    }
    return undefined
  }
}

function match(pattern: readonly string[], segments: readonly string[]): PathParams | undefined {
  if (pattern.length !== segments.length) return undefined
  const params: Record<string, string> = Object.create(null)
  for (const [index, expected] of pattern.entries()) {
    const found = decode(segments[index] ?? '')
    if (found === undefined) return undefined
    if (!expected.startsWith(':')) {
      if (found !== expected) return undefined
    } else if (found === '') return undefined
    else params[expected.slice(1)] = found
  }
  return params
}
