import type { Duplex } from 'node:stream'

/** What a socket reports, to one object instead of four functions made for it. */
export interface SocketListener {
  /** Bytes have come. */
  read(chunk: Buffer): void
  /** The other side sends no more. */
  ended(): void
  /** The connection has failed; it closes. */
  failed(error: Error): void
  /** The connection is gone. */
  gone(): void
}

const LISTENER = Symbol('listener')

type ListenedSocket = Duplex & { [LISTENER]?: SocketListener }

/** Makes a socket report to this listener for as long as it lives. */
export function listenWith(socket: Duplex, listener: SocketListener): void {
  const listened: ListenedSocket = socket
  listened[LISTENER] = listener
  listened.on('data', onData)
  listened.on('end', onEnd)
  listened.on('error', onError)
  listened.on('close', onClose)
}

function onData(this: ListenedSocket, chunk: Buffer): void {
  this[LISTENER]?.read(chunk)
}

function onEnd(this: ListenedSocket): void {
  this[LISTENER]?.ended()
}

function onError(this: ListenedSocket, error: Error): void {
  this[LISTENER]?.failed(error)
}

function onClose(this: ListenedSocket): void {
  this[LISTENER]?.gone()
}
