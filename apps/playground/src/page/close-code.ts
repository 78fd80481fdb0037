const MEANINGS: Readonly<Record<number, string>> = {
  1000: 'as agreed',
  1001: 'the server is going away',
  1002: 'the protocol was broken',
  1003: 'this kind of data is not taken',
  1005: 'ended without a code',
  1006: 'no goodbye was heard',
  1007: 'the data was not what it claimed to be',
  1008: 'a rule of the server was broken',
  1009: 'the message was too big',
  1011: 'the server met an error',
  1012: 'the server is restarting',
  1013: 'try again later',
}

/** Says in words what a close code means (RFC 6455 section 7.4.1 and the IANA registry). */
export function closeMeaning(code: number): string {
  return MEANINGS[code] ?? (code >= 4000 ? "the application's own code" : 'a code without a common meaning')
}

/** A close code with its meaning. */
export function describeClose(code: number): string {
  return `${code}, ${closeMeaning(code)}`
}
