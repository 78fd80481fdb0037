const GREEK = 'cebae1bdb9cf83cebcceb5'

/** Samples of one section: valid ones have `true`. */
export interface Utf8Section {
  readonly title: string
  readonly samples: readonly (readonly [isValid: boolean, hex: string])[]
}

function all(isValid: boolean, ...samples: string[]): (readonly [boolean, string])[] {
  return samples.map((hex) => [isValid, hex])
}

function hello(hex: string): string {
  return `${Buffer.from('hello').toString('hex')}${hex}${Buffer.from('world').toString('hex')}`
}

function run(first: number, last: number, separator = ''): string {
  let hex = ''
  for (let byte = first; byte < last; byte += 1) hex += byte.toString(16) + separator
  return hex
}

const CUT = [
  ...['c0', 'e080', 'f08080', 'f8808080', 'fc80808080'],
  ...['df', 'efbf', 'f7bfbf', 'fbbfbfbf', 'fdbfbfbfbf'],
]

function nonCharacters(): string[] {
  const leads = ['f09f', 'f0af', 'f0bf']
  for (const lead of ['f1', 'f2', 'f3']) leads.push(`${lead}8f`, `${lead}9f`, `${lead}af`, `${lead}bf`)
  leads.push('f48f')
  return ['efbfbe', 'efbfbf', ...leads.flatMap((lead) => [`${lead}bfbe`, `${lead}bfbf`])]
}

const PREFIX_ENDS = new Set([2, 5, 7, 9, 11])

/** Sections 6.5 to 6.23, after the stress test that every UTF-8 decoder is held against. */
export const UTF8_SECTIONS: readonly Utf8Section[] = [
  {
    title: 'valid samples of one to four bytes',
    samples: all(true, hello('24'), hello('c2a2'), hello('e282ac'), hello('f0a4ada2'), GREEK),
  },
  {
    title: 'every prefix of a valid text',
    samples: Array.from(
      { length: 11 },
      (_, index) => [PREFIX_ENDS.has(index + 1), GREEK.slice(0, 2 * index + 2)] as const,
    ),
  },
  { title: 'first code point of each length', samples: all(true, '00', 'c280', 'e0a080', 'f0908080') },
  { title: 'first sequences of five and six bytes', samples: all(false, 'f888808080', 'fc8480808080') },
  { title: 'last code point of each length', samples: all(true, '7f', 'dfbf', 'efbfbf', 'f48fbfbf') },
  {
    title: 'last sequences of four, five and six bytes',
    samples: all(false, 'f7bfbfbf', 'fbbfbfbfbf', 'fdbfbfbfbfbf'),
  },
  {
    title: 'other boundaries',
    samples: [...all(true, 'ed9fbf', 'ee8080', 'efbfbd', 'f48fbfbf'), [false, 'f4908080']],
  },
  {
    title: 'continuation bytes without a lead byte',
    samples: all(
      false,
      '80',
      'bf',
      '80bf',
      '80bf80',
      '80bf80bf',
      '80bf80bf80',
      '80bf80bf80bf',
      run(0x80, 0xbf),
    ),
  },
  {
    title: 'lead bytes without a continuation',
    samples: all(
      false,
      run(0xc0, 0xdf, '20'),
      run(0xe0, 0xef, '20'),
      run(0xf0, 0xf7, '20'),
      run(0xf8, 0xfb, '20'),
      'fc20',
    ),
  },
  { title: 'sequences without their last byte', samples: all(false, ...CUT) },
  { title: 'incomplete sequences in a row', samples: all(false, CUT.join('')) },
  { title: 'impossible bytes', samples: all(false, 'fe', 'ff', 'fefeffff') },
  {
    title: 'overlong forms of a slash',
    samples: all(false, 'c0af', 'e080af', 'f08080af', 'f8808080af', 'fc80808080af'),
  },
  {
    title: 'longest overlong forms',
    samples: all(false, 'c1bf', 'e09fbf', 'f08fbfbf', 'f887bfbfbf', 'fc83bfbfbfbf'),
  },
  {
    title: 'overlong forms of NUL',
    samples: all(false, 'c080', 'e08080', 'f0808080', 'f880808080', 'fc8080808080'),
  },
  {
    title: 'single surrogates',
    samples: all(false, 'eda080', 'edadbf', 'edae80', 'edafbf', 'edb080', 'edbe80', 'edbfbf'),
  },
  {
    title: 'surrogates in pairs',
    samples: ['eda080', 'edadbf', 'edae80', 'edafbf'].flatMap((high) =>
      all(false, `${high}edb080`, `${high}edbfbf`),
    ),
  },
  { title: 'non-characters, which are valid', samples: all(true, ...nonCharacters()) },
  {
    title: 'specials',
    samples: all(true, 'efbfb9', 'efbfba', 'efbfbb', 'efbfbc', 'efbfbd', 'efbfbe', 'efbfbf'),
  },
]
