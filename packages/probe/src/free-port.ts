import { createServer } from 'node:net'

/**
 * Below what systems give by themselves unless they are set up otherwise (Linux from 32768 on, others from 49152): a port
 * that was found free here stays free, even while a server is down that tests take away and bring back.
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
 * Finds a port for a server that cannot say which one the system gave it: nobody listens on it at 127.0.0.1, and who asks
 * the system for a port does not get it.
 * @throws Error when none of 100 ports tried is free.
 */
export async function freePort(first = FIRST_PORT, last = LAST_PORT): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = first + Math.floor(Math.random() * (last - first + 1))
    if (await isFree(port)) return port
  }
  throw new Error(`None of ${TRIES} ports tried from ${first} to ${last} at 127.0.0.1 is free.`)
}
