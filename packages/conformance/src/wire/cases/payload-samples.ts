import { createRandom, type Random } from '../random.js'

/** What kind of data a compressed message is cut from. */
export type SampleKind = 'json' | 'bitmap' | 'prose' | 'html' | 'document'

/** A piece of data that compresses as its kind does, made from the seed. */
export interface Sample {
  readonly isBinary: boolean
  /** How long it is: in characters when it is text, in bytes otherwise. */
  readonly length: number
  /** Cuts out a message, not to be changed; one that runs over the end goes on at the beginning. */
  cut(from: number, length: number): Buffer
}

const SYLLABLES =
  'an be cor del e fun gra hi ist jo kra lem mün nor ö pol quer ro schö ta über vol wen zei'.split(' ')

function word(random: Random): string {
  let letters = ''
  for (let count = 1 + random.below(3); count > 0; count -= 1)
    letters += SYLLABLES[random.below(SYLLABLES.length)]
  return letters
}

function words(random: Random, count: number): string {
  return Array.from({ length: count }, () => word(random)).join(' ')
}

function grown(length: number, piece: () => string): string {
  const pieces: string[] = []
  for (let size = 0; size < length; ) {
    const next = piece()
    pieces.push(next)
    size += next.length
  }
  return pieces.join('').slice(0, length)
}

function json(random: Random): string {
  return grown(194_056, () =>
    JSON.stringify({
      id: random.below(1e6),
      name: `${word(random)} ${word(random)}`,
      balance: random.below(1e7) / 100,
      isActive: random.below(2) === 1,
      tags: words(random, 4).split(' '),
      about: words(random, 12),
      position: {
        latitude: random.below(180_000) / 1000 - 90,
        longitude: random.below(360_000) / 1000 - 180,
      },
    }),
  )
}

function html(random: Random): string {
  const row = () =>
    `<tr><td class="${word(random)}">${words(random, 3)}</td><td>${random.below(9999)}</td></tr>\n`
  const paragraph = () =>
    `<p>${words(random, 20)} <a href="/${word(random)}?id=${random.below(999)}">${word(random)}</a></p>\n`
  return grown(263_647, () => (random.below(3) === 0 ? row() : paragraph()))
}

function prose(random: Random): string {
  return grown(222_218, () => {
    const line = words(random, 5 + random.below(4))
    return `${line[0]?.toUpperCase()}${line.slice(1)}${random.below(2) === 0 ? ',' : '.'}\r\n`
  })
}

function bitmap(random: Random): Buffer {
  const side = 512
  const pixels = Buffer.alloc(263_222)
  const noise = random.bytes(pixels.length)
  for (let index = 0; index < pixels.length; index += 1) {
    const [x, y] = [index % side, Math.floor(index / side)]
    const shade = 128 + 60 * Math.sin(x / 37) + 50 * Math.cos(y / 23)
    pixels[index] = Math.round(shade + ((noise[index] as number) & 15))
  }
  return pixels
}

function document(random: Random): Buffer {
  const parts: Buffer[] = []
  for (let size = 0; size < 1_042_328; ) {
    const stream = random.bytes(6000 + random.below(6000))
    const head = Buffer.from(
      `${random.below(999)} 0 obj\n<< /Length ${stream.length} /Filter /FlateDecode >>\nstream\n`,
    )
    parts.push(head, stream)
    size += head.length + stream.length
  }
  return Buffer.concat(parts).subarray(0, 1_042_328)
}

function cutter(whole: Buffer, length: number, at: (place: number) => number): Sample['cut'] {
  return (from, count) => {
    const to = (from + count) % length
    return to > from
      ? whole.subarray(at(from), at(to))
      : Buffer.concat([whole.subarray(at(from)), whole.subarray(0, at(to))])
  }
}

function textSample(text: string): Sample {
  const whole = Buffer.from(text)
  const starts = new Uint32Array(text.length + 1)
  let byte = 0
  for (let index = 0; index < text.length; index += 1) {
    starts[index] = byte
    byte += Buffer.byteLength(text[index] as string)
  }
  starts[text.length] = byte
  const cut = cutter(whole, text.length, (place) => starts[place] as number)
  return { isBinary: false, length: text.length, cut }
}

function byteSample(whole: Buffer): Sample {
  return { isBinary: true, length: whole.length, cut: cutter(whole, whole.length, (place) => place) }
}

const MAKERS: Record<SampleKind, (random: Random) => Sample> = {
  json: (random) => textSample(json(random)),
  bitmap: (random) => byteSample(bitmap(random)),
  prose: (random) => byteSample(Buffer.from(prose(random))),
  html: (random) => textSample(html(random)),
  document: (random) => byteSample(document(random)),
}

const made = new Map<string, Sample>()

/** Returns the data of one kind for a seed; it is made once. */
export function payloadSample(kind: SampleKind, seed: number): Sample {
  const key = `${kind} ${seed}`
  const sample = made.get(key) ?? MAKERS[kind](createRandom(seed, kind))
  made.set(key, sample)
  return sample
}
