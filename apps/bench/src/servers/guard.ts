import { createHash, randomUUID } from 'node:crypto'

/** The token that the load generator sends in a cookie. */
export const TOKEN = 'c2VzYW1lLW9wZW4'

const DIGEST = createHash('sha256').update(TOKEN).digest('hex')
const LANGUAGES = ['en', 'de']
const seen = new Map<string, number>()

/** The work of the first middleware: a name for the request. */
export function nameRequest(): string {
  return randomUUID()
}

/** The work of the second middleware: counts requests by path. */
export function countRequest(path = '/'): void {
  seen.set(path, (seen.get(path) ?? 0) + 1)
}

/** The work of the third middleware: the language to answer in. */
export function pickLanguage(accepted = ''): string {
  const wanted = accepted.split(',').map((part) => part.trim().slice(0, 2))
  return wanted.find((language) => LANGUAGES.includes(language)) ?? 'en'
}

/** The check that comes last and answers later, as a look-up would. */
export async function verify(token: string | undefined): Promise<{ readonly name: string } | undefined> {
  const digest = createHash('sha256')
    .update(token ?? '')
    .digest('hex')
  await Promise.resolve()
  return digest === DIGEST ? { name: 'Ada' } : undefined
}

/** The same check by a cookie header, for servers that do not read cookies themselves. */
export function verifyCookie(cookie = ''): ReturnType<typeof verify> {
  const pairs = cookie.split(';').map((pair) => pair.trim().split('=', 2))
  const token = pairs.find(([name]) => name === 'token')?.[1]
  return verify(token === undefined ? undefined : decodeURIComponent(token))
}

/** All of it at once, for servers that have no middleware of their own. */
export async function admit(url: string, header: (name: string) => string): Promise<boolean> {
  nameRequest()
  countRequest(url.split('?', 1)[0])
  pickLanguage(header('accept-language'))
  return (await verifyCookie(header('cookie'))) !== undefined
}
