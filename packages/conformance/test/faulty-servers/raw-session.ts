import { isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import type { Makes } from './fault.js'

interface Header {
  readonly fin: boolean
  readonly rsv: number
  readonly opcode: number
  readonly isMasked: boolean
  readonly lengthField: number
  readonly length: bigint
  readonly size: number
}

const REGISTERED = new Set([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014])
const MAX_MESSAGE_BYTES = 32n * 1024n * 1024n

/** How the session reaches its client. */
export interface Wire {
  write(bytes: Buffer): void
  end(): void
}

/** One echoing connection of the raw server. */
export class RawSession {
  readonly #makes: Makes
  readonly #wire: Wire
  #bytes = Buffer.alloc(0)
  #message: { opcode: number; parts: Buffer[] } | undefined
  #checked = 0
  #early: TextDecoder | undefined
  #isClosing = false
  #isOver = false
  #latePongs: Buffer[] = []
  #skipsNext = false

  constructor(makes: Makes, wire: Wire) {
    this.#makes = makes
    this.#wire = wire
  }

  /** Takes in what arrived. */
  push(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    while (!this.#isOver && this.#step());
    if (this.#makes('answers the latest ping only')) {
      const last = this.#latePongs.pop()
      this.#latePongs = []
      if (last !== undefined) this.#send(10, last)
    }
  }

  #header(): Header | undefined {
    const bytes = this.#bytes
    if (bytes.length < 2) return undefined
    const [first, second] = [bytes[0] as number, bytes[1] as number]
    const lengthField = second & 0x7f
    const isMasked = second > 0x7f
    const size = 2 + (lengthField === 126 ? 2 : lengthField === 127 ? 8 : 0) + (isMasked ? 4 : 0)
    if (bytes.length < size) return undefined
    let length = BigInt(lengthField)
    if (lengthField === 126) length = BigInt(bytes.readUInt16BE(2))
    if (lengthField === 127) length = bytes.readBigUInt64BE(2)
    return {
      fin: first > 0x7f,
      rsv: (first >> 4) & 7,
      opcode: first & 15,
      isMasked,
      lengthField,
      length,
      size,
    }
  }

  #step(): boolean {
    const header = this.#header()
    if (header === undefined) return false
    const fault = this.#faultOf(header)
    if (fault !== undefined) return this.#fail(fault)
    const whole = BigInt(header.size) + header.length
    const available = this.#bytes.subarray(
      header.size,
      whole > BigInt(this.#bytes.length) ? undefined : Number(whole),
    )
    const payload = header.isMasked
      ? unmasked(available, this.#bytes.subarray(header.size - 4, header.size))
      : available
    if (header.opcode < 8 && !this.#checkEarly(header, payload)) return this.#fail(1007)
    if (BigInt(this.#bytes.length) < whole) return false
    this.#bytes = this.#bytes.subarray(Number(whole))
    this.#checked = 0
    this.#take(header, Buffer.from(payload))
    return true
  }

  #faultOf(header: Header): number | undefined {
    const { opcode, lengthField, length, fin } = header
    const makes = this.#makes
    const isControl = opcode > 7
    if (this.#isClosing && !makes('echoes what comes after a close')) return undefined
    if (!header.isMasked && !makes('accepts unmasked frames')) return 1002
    if (header.rsv !== 0 && !makes('ignores reserved bits')) return 1002
    if (![0, 1, 2, 8, 9, 10].includes(opcode) && !makes('accepts reserved opcodes')) return 1002
    if (isControl && !fin && !makes('accepts fragmented control frames')) return 1002
    if (isControl && lengthField > 125 && !makes('accepts control frames of 126 bytes')) return 1002
    if (opcode === 0 && this.#message === undefined && !makes('accepts a continuation of nothing')) {
      return makes('accepts fragmented control frames') ? undefined : 1002
    }
    const isNested = this.#message !== undefined && (opcode === 1 || opcode === 2)
    if (isNested && !makes('accepts a new message inside another')) return 1002
    if ((lengthField === 126 && length < 126n) || (lengthField === 127 && length < 65_536n)) return 1002
    if (length >= 2n ** 63n) return makes('waits for lengths with the highest bit') ? undefined : 1002
    return length > MAX_MESSAGE_BYTES ? 1009 : undefined
  }

  /** Checks text as it arrives, so that bad text is noticed at its first bad byte. */
  #checkEarly(header: Header, payload: Buffer): boolean {
    if (this.#makes('does not check UTF-8') || this.#makes('checks UTF-8 at the end only')) return true
    if (this.#makes('checks UTF-8 of each fragment alone')) return true
    if (header.opcode === 1 && this.#checked === 0 && this.#early === undefined) {
      this.#early = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    }
    if (this.#early === undefined) return true
    const isWhole = BigInt(payload.length) === header.length
    try {
      this.#early.decode(payload.subarray(this.#checked), { stream: !(isWhole && header.fin) })
    } catch {
      return false
    }
    this.#checked = payload.length
    if (isWhole && header.fin) this.#early = undefined
    return true
  }

  #take(header: Header, payload: Buffer): void {
    const { opcode } = header
    if (opcode === 8) this.#takeClose(payload)
    else if (this.#isClosing && !this.#makes('echoes what comes after a close')) return
    else if (opcode === 9) this.#takePing(payload)
    else if (opcode === 10) {
      if (this.#makes('answers pongs with pongs')) this.#send(10, payload)
    } else if (opcode < 3) this.#takeData(header, payload)
  }

  #takePing(payload: Buffer): void {
    if (this.#makes('sends no pong')) return
    const isLate = this.#makes('sends pongs after the data') && this.#message !== undefined
    if (isLate || this.#makes('answers the latest ping only')) this.#latePongs.push(payload)
    else this.#send(10, this.#makes('sends pongs without a payload') ? Buffer.alloc(0) : payload)
  }

  #takeData({ opcode, fin }: Header, payload: Buffer): void {
    if (opcode === 0 && this.#message === undefined) {
      if (this.#makes('accepts fragmented control frames')) return
      this.#message = { opcode: 1, parts: [] }
    }
    this.#message ??= { opcode, parts: [] }
    const message = this.#message
    message.parts.push(payload)
    if (this.#makes('checks UTF-8 of each fragment alone') && message.opcode === 1 && !isUtf8(payload)) {
      this.#fail(1007)
      return
    }
    if (this.#makes('echoes fragments apart')) this.#echo(message.opcode, payload)
    if (!fin) return
    this.#message = undefined
    const whole = Buffer.concat(message.parts)
    if (message.opcode === 1 && this.#makes('checks UTF-8 at the end only') && !isUtf8(whole)) {
      this.#fail(1007)
      return
    }
    if (!this.#makes('echoes fragments apart')) this.#echo(message.opcode, whole)
    for (const pong of this.#latePongs.splice(0)) this.#send(10, pong)
  }

  #echo(opcode: number, payload: Buffer): void {
    const makes = this.#makes
    if (payload.length === 0 && makes('drops empty messages')) return
    const isSkipped = this.#skipsNext && makes('loses the message after an empty one')
    this.#skipsNext = payload.length === 0
    if (isSkipped) return
    const isText = opcode === 1
    if (isText && makes('sends text back as binary')) this.#send(2, payload)
    else if (!isText && makes('sends binary back as text')) this.#send(1, payload)
    else this.#send(opcode, makes('truncates at 65535 bytes') ? payload.subarray(0, 65_535) : payload)
  }

  #takeClose(payload: Buffer): void {
    const makes = this.#makes
    const fault = this.#faultOfClose(payload)
    if (this.#isClosing || (fault === undefined && makes('ends TCP without a close frame'))) this.#end()
    else if (fault !== undefined) this.#fail(fault)
    else if (!makes('answers no close')) this.#answerClose(payload)
  }

  #faultOfClose(payload: Buffer): number | undefined {
    const makes = this.#makes
    if (payload.length === 1) return makes('accepts a close of one byte') ? undefined : 1002
    const code = payload.length < 2 ? 1000 : payload.readUInt16BE(0)
    if ([1012, 1013, 1014].includes(code) && makes('refuses close codes of the registry')) return 1008
    const isGood = REGISTERED.has(code) || (code >= 3000 && code < 5000)
    if (!isGood && !makes('accepts bad close codes')) return 1002
    return isUtf8(payload.subarray(2)) || makes('accepts bad close reasons') ? undefined : 1007
  }

  #answerClose(payload: Buffer): void {
    const makes = this.#makes
    const answer = payload.length < 2 ? Buffer.alloc(0) : payload.subarray(0, 2)
    if (makes('answers a close with 1011')) this.#sendClose(1011)
    else if (payload.length === 0 && makes('answers an empty close with 1005')) this.#sendClose(1005)
    else this.#send(8, answer)
    if (makes('answers a close twice')) this.#send(8, answer)
    this.#isClosing = true
    if (makes('echoes what comes after a close')) setImmediate(() => this.#end())
    else if (!makes('leaves TCP open after the close')) this.#end()
  }

  #sendClose(code: number): void {
    const payload = Buffer.alloc(2)
    payload.writeUInt16BE(code)
    this.#send(8, payload)
  }

  #fail(code: number): false {
    if (!this.#isClosing) this.#sendClose(this.#makes('fails with 1000') ? 1000 : code)
    this.#end()
    return false
  }

  #end(): void {
    this.#isOver = true
    if (!this.#makes('leaves TCP open after the close')) this.#wire.end()
  }

  #send(opcode: number, payload: Buffer): void {
    const isLong = this.#makes('writes lengths longer than they need be') && opcode < 8
    const isMasked = this.#makes('masks its frames')
    const lengthBytes = isLong || payload.length > 65_535 ? 8 : payload.length > 125 ? 2 : 0
    const head = Buffer.alloc(2 + lengthBytes + (isMasked ? 4 : 0))
    const rsv = this.#makes('sends reserved bits') && opcode < 8 ? 0x20 : 0
    head[0] = 0x80 | rsv | opcode
    head[1] = (isMasked ? 0x80 : 0) | (lengthBytes === 0 ? payload.length : lengthBytes === 2 ? 126 : 127)
    if (lengthBytes === 2) head.writeUInt16BE(payload.length, 2)
    if (lengthBytes === 8) head.writeBigUInt64BE(BigInt(payload.length), 2)
    this.#wire.write(Buffer.concat([head, payload]))
  }
}

function unmasked(bytes: Buffer, key: Buffer): Buffer {
  const clear = Buffer.allocUnsafe(bytes.length)
  for (let index = 0; index < bytes.length; index += 1)
    clear[index] = (bytes[index] as number) ^ (key[index & 3] as number)
  return clear
}
