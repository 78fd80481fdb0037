import { createServer } from 'node:net'

/**
 * Where systems give no ports by themselves: one that was found free here stays free, even while a server is down that
 * tests take away and bring back.
 */
const FIRST_PORT = 10_000
const LAST_PORT = 32_000
const TRIES = 100

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/**
 * Finds a port for a server that cannot say which one the system gave it: nobody listens on it at 127.0.0.1, and nobody
 * who asks the system for a port will get it.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT))
    if (await isFree(port)) return port
  }
  throw new Error(`None of ${TRIES} ports tried from ${FIRST_PORT} to ${LAST_PORT} at 127.0.0.1 is free.`)
}
