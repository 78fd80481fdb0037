import { createHash } from 'node:crypto'
import { argumentError, describe } from '@echosession/core'

const PREFIX = /^(?=.{1,100}$)[\w-]+(\.[\w-]+)*$/
const PLAIN = /^[\w:@-]{1,200}$/

/** @throws TypeError with `ES_ERR_OPTION` for a prefix that cannot begin a subject. */
export function checkPrefix(prefix: unknown): void {
  if (typeof prefix === 'string' && PREFIX.test(prefix)) return
  throw argumentError(
    'ES_ERR_OPTION',
    `prefix is 1 to 100 letters, digits, '_' and '-', in parts between dots, such as 'shop.live'; it was given ${describe(prefix)}.`,
  )
}

/**
 * The subject of a channel. Text of the usual characters stands in it as it is; any other is hashed, since subjects have
 * wildcards, cannot hold spaces and are bounded in length (4 KiB for a line of the protocol).
 */
export function subjectOf(prefix: string, channel: string): string {
  if (PLAIN.test(channel)) return `${prefix}.${channel}`
  const hash = createHash('sha256').update(channel, 'utf16le').digest('base64url')
  return `${prefix}.=${hash}`
}
