import type { SocketSink } from '@echosession/core'

function ignore(): void {}

/** A sink that takes messages, and nothing else. */
export function quietSink(message: SocketSink['message']): SocketSink {
  return {
    message,
    ping: ignore,
    pong: ignore,
    settle: ignore,
    drain: ignore,
    unfinished: ignore,
    error: ignore,
    closed: ignore,
  }
}
