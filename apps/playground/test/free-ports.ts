import { once } from 'node:events'
import { createServer } from 'node:net'

const PORTS = 6
const LEAST = 20_000
const GREATEST = 32_000

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    const listening = once(server, 'listening')
    server.listen(port, '127.0.0.1')
    await listening
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}

/** Finds a port of 127.0.0.1 that is free, and the five after it as well. */
export async function findFreePorts(): Promise<number> {
  for (;;) {
    // Below the range that the system gives to clients; test files that run at the same time seldom meet.
    const base = LEAST + Math.floor(Math.random() * (GREATEST - LEAST))
    const ports = Array.from({ length: PORTS }, (_, index) => base + index)
    const free = await Promise.all(ports.map(isFree))
    if (free.every(Boolean)) return base
  }
}
