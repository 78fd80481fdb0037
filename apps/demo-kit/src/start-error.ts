/** Why a demo did not start, in one sentence for the person who started it. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/** A demo that could not listen. */
export class ListenError extends StartError {
  /** What kept it from listening, such as `the port is already taken`. */
  readonly reason: string

  constructor(host: string, port: number, cause: unknown) {
    const [variable, reason, remedy] = explain(host, port, cause)
    super(`${variable} is ${variable === 'PORT' ? port : host}, but ${reason}; ${remedy}.`, { cause })
    this.reason = reason
  }
}

function explain(host: string, port: number, cause: unknown): readonly [string, string, string] {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  switch (code) {
    case 'EADDRINUSE':
      return [
        'PORT',
        `port ${port} of ${host} is already taken`,
        'choose a free one, or stop the program that has it',
      ]
    case 'EACCES':
      return ['PORT', `this user may not listen on port ${port} of ${host}`, 'choose one from 1024 to 65535']
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return [
        'HOST',
        `${host} is no address of this machine`,
        'choose one that is, such as 127.0.0.1 or 0.0.0.0',
      ]
    default:
      return ['PORT', `listening on port ${port} of ${host} failed (${String(cause)})`, 'choose another one']
  }
}
