import type { IncomingMessage } from 'node:http'

/**
 * What `ws` is shown where the real handshake is not its own, and its answer goes nowhere. All that it reads of a request
 * is here.
 * @param extensions what it is offered.
 */
export function replayed(extensions?: string): IncomingMessage {
  const headers = {
    upgrade: 'websocket',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-version': '13',
    ...(extensions === undefined ? {} : { 'sec-websocket-extensions': extensions }),
  }
  return { method: 'GET', headers } as unknown as IncomingMessage
}
