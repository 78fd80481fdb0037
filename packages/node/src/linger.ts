import type { Duplex } from 'node:stream'

// How long a refused client may take to close before it is cut.
const LINGER_MS = 500

/** Ends a refused client's connection so that the refusal arrives. */
export function linger(socket: Duplex): void {
  // Reading on keeps the kernel from answering what the client still sends with a reset that eats the refusal.
  socket.on('end', () => socket.destroy())
  socket.resume()
  socket.end()
  const cut = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.on('close', () => clearTimeout(cut))
}
