/** One permessage-deflate offer of a client (RFC 7692 section 7.1). */
export interface DeflateOffer {
  readonly serverNoContextTakeover?: boolean
  readonly serverMaxWindowBits?: number
  /** Offers `client_no_context_takeover`; true unless said otherwise. */
  readonly clientNoContextTakeover?: boolean
  /** Offers `client_max_window_bits` without a value; true unless said otherwise. */
  readonly clientMaxWindowBits?: boolean
}

/** The parameters that both ends agreed on. */
export interface DeflateAgreement {
  readonly serverNoContextTakeover: boolean
  readonly clientNoContextTakeover: boolean
  readonly serverMaxWindowBits: number
  readonly clientMaxWindowBits: number
}

/** Writes an offer as it stands in `Sec-WebSocket-Extensions`. */
export function formatOffer(offer: DeflateOffer): string {
  const parts = ['permessage-deflate']
  if (offer.clientNoContextTakeover !== false) parts.push('client_no_context_takeover')
  if (offer.clientMaxWindowBits !== false) parts.push('client_max_window_bits')
  if (offer.serverNoContextTakeover === true) parts.push('server_no_context_takeover')
  if (offer.serverMaxWindowBits !== undefined)
    parts.push(`server_max_window_bits=${offer.serverMaxWindowBits}`)
  return parts.join('; ')
}

/** One extension of a `Sec-WebSocket-Extensions` field; a parameter without a value is `true`. */
export interface Extension {
  readonly name: string
  readonly parameters: ReadonlyMap<string, readonly (string | true)[]>
}

/** Reads a `Sec-WebSocket-Extensions` field loosely; what is wrong in it shows up when it is understood. */
export function parseExtensions(field: string): Extension[] {
  return field
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', ...rest] = part.split(';').map((piece) => piece.trim())
      const parameters = new Map<string, (string | true)[]>()
      for (const piece of rest) {
        const at = piece.indexOf('=')
        const key = (at < 0 ? piece : piece.slice(0, at)).trim().toLowerCase()
        const value =
          at < 0
            ? true
            : piece
                .slice(at + 1)
                .trim()
                .replace(/^"(.*)"$/, '$1')
        parameters.set(key, [...(parameters.get(key) ?? []), value])
      }
      return { name: name.toLowerCase(), parameters }
    })
}

function windowBits(name: string, value: string | true): number {
  if (typeof value === 'string' && /^(8|9|1[0-5])$/.test(value)) return Number(value)
  throw new Error(`${name} is ${String(value)}, but must be a number from 8 to 15`)
}

/**
 * Understands the parameters that a server answered with (RFC 7692 section 7.1).
 *
 * @throws Error when a parameter is unknown, repeated, or has a value that is not allowed
 */
export function agreeOn(parameters: ReadonlyMap<string, readonly (string | true)[]>): DeflateAgreement {
  let agreement: DeflateAgreement = {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: 15,
    clientMaxWindowBits: 15,
  }
  for (const [name, [value, ...more]] of parameters) {
    if (value === undefined || more.length > 0) throw new Error(`${name} stands there more than once`)
    if (name === 'server_max_window_bits')
      agreement = { ...agreement, serverMaxWindowBits: windowBits(name, value) }
    else if (name === 'client_max_window_bits')
      agreement = { ...agreement, clientMaxWindowBits: windowBits(name, value) }
    else if (name === 'server_no_context_takeover' && value === true) {
      agreement = { ...agreement, serverNoContextTakeover: true }
    } else if (name === 'client_no_context_takeover' && value === true) {
      agreement = { ...agreement, clientNoContextTakeover: true }
    } else
      throw new Error(`${name} is no parameter of permessage-deflate, or has a value that it must not have`)
  }
  return agreement
}

/**
 * Answers the offers of a client as a case wants it: each wish asks the client for what it asks of a server.
 *
 * `client_no_context_takeover` may be asked for whether it was offered or not (RFC 7692 section 7.1.1.2);
 * `client_max_window_bits` may not.
 *
 * @returns undefined when no offer of the client allows any of the wishes
 */
export function answerOffers(
  field: string | undefined,
  wishes: readonly DeflateOffer[],
): { readonly agreement: DeflateAgreement; readonly extension: string } | undefined {
  const offers = parseExtensions(field ?? '').filter(({ name }) => name === 'permessage-deflate')
  for (const wish of wishes) {
    for (const { parameters } of offers) {
      const wantsReset = wish.serverNoContextTakeover === true
      const bits = wish.serverMaxWindowBits
      if (bits !== undefined && !parameters.has('client_max_window_bits')) continue
      const [serverBits] = parameters.get('server_max_window_bits') ?? []
      const agreement = {
        serverNoContextTakeover: parameters.has('server_no_context_takeover'),
        clientNoContextTakeover: wantsReset,
        serverMaxWindowBits: serverBits === undefined ? 15 : windowBits('server_max_window_bits', serverBits),
        clientMaxWindowBits: bits ?? 15,
      }
      const parts = ['permessage-deflate']
      if (agreement.serverNoContextTakeover) parts.push('server_no_context_takeover')
      if (serverBits !== undefined) parts.push(`server_max_window_bits=${agreement.serverMaxWindowBits}`)
      if (wantsReset) parts.push('client_no_context_takeover')
      if (bits !== undefined) parts.push(`client_max_window_bits=${bits}`)
      return { agreement, extension: parts.join('; ') }
    }
  }
  return undefined
}
