import { inflateRawSync } from 'node:zlib'
import { decodeFrame } from '@echosession/probe'
import type { Job } from './job.js'
import { RSV1, TAIL, textOf } from './wire.js'

/** How many forms of the same reply are remembered: zlib need not write the same bytes after a reset. */
const MAX_FORMS = 16

/** What replies have to say that a server compresses as it likes: each form is decoded when it comes for the first time. */
export class ExpectedContent {
  readonly #text: string
  readonly #forms: Buffer[] = []

  constructor({ protocol, message }: Pick<Job, 'protocol' | 'message'>) {
    const text = textOf(message.bytes)
    this.#text = protocol === 'socket.io' ? `42["m",${JSON.stringify(text)}]` : text
  }

  /** Says in one sentence what is wrong with a reply; undefined when nothing is. */
  judge(frame: Buffer): string | undefined {
    if (this.#forms.some((form) => form.equals(frame))) return undefined
    const found = decodeFrame(frame)
    if (found === undefined) return 'the reply is no frame'
    const { rsv, payload } = found.frame
    try {
      const plain =
        rsv === RSV1 ? inflateRawSync(Buffer.concat([payload, TAIL]), { finishFlush: 2 }) : payload
      if (plain.toString() !== this.#text) return 'the reply has another content than the message'
    } catch (error) {
      return `the reply cannot be decompressed: ${(error as Error).message}`
    }
    if (this.#forms.length < MAX_FORMS) this.#forms.push(Buffer.from(frame))
    return undefined
  }
}
