import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSessions, defineSession, type FrameEncoder } from '../dist/index.js'
import { memoryRequestSource } from '../dist/memory/memory-request.js'
import { RecordingPort } from './recording-port.js'

/** A port that takes what an encoder has made. */
class EncodedPort extends RecordingPort {
  readonly frames: Uint8Array[] = []

  constructor(encoder: FrameEncoder) {
    super({ encoder })
  }

  sendEncoded(frame: Uint8Array): void {
    this.frames.push(frame)
  }
}

/** Counts what it encodes. */
function countingEncoder(mark: string) {
  const seen: string[] = []
  const encoder: FrameEncoder = (data, type) => {
    seen.push(Buffer.from(data).toString())
    return Buffer.from(`${mark} ${type} ${Buffer.from(data).toString('hex')}`)
  }
  return { encoder, seen }
}

for (const data of ['text', Uint8Array.of(1, 2, 3)]) {
  const text = Buffer.from(data).toString()
  test(`a broadcast of ${typeof data === 'string' ? 'text' : 'bytes'} is encoded once for each encoder, whatever the number of receivers`, () => {
    const sessions = createSessions({ heartbeatIntervalMs: 0 })
    const definition = defineSession({ open: (session) => void session.join('room') })
    const encoders = [countingEncoder('one'), countingEncoder('two'), countingEncoder('three')]
    // As they come, not those of one kind first.
    const ports = Array.from({ length: 50 }, () =>
      encoders.map(({ encoder }) => new EncodedPort(encoder)),
    ).flat()
    for (const port of ports) {
      const { sink, start } = sessions.admit(definition, memoryRequestSource({})).open(port)
      port.sink = sink
      start()
    }
    assert.equal(sessions.to('room').send(data), 150)
    sessions.broadcast(data)
    for (const { seen } of encoders) assert.deepEqual(seen, [text, text])
    for (const port of ports) assert.equal(port.frames.length, 2)
    assert.equal(new Set(ports.map(({ frames }) => frames[0])).size, 3)
  })
}
