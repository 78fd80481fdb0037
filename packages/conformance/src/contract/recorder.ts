import type { CloseEvent, EchoSession, HandlerPhase, Observer, RejectEvent } from '@echosession/core'

/** Records everything that an observer is told. */
export class Recorder implements Observer {
  readonly opened: EchoSession[] = []
  readonly closed: { readonly session: EchoSession; readonly event: CloseEvent }[] = []
  readonly rejected: RejectEvent[] = []
  readonly errors: {
    readonly error: unknown
    readonly phase: HandlerPhase
    readonly session: EchoSession | undefined
  }[] = []
  readonly drops: number[] = []
  readonly lags: number[] = []

  onOpen(session: EchoSession): void {
    this.opened.push(session)
  }

  onClose(session: EchoSession, event: CloseEvent): void {
    this.closed.push({ session, event })
  }

  onReject(event: RejectEvent): void {
    this.rejected.push(event)
  }

  onError(error: unknown, phase: HandlerPhase, session: EchoSession | undefined): void {
    this.errors.push({ error, phase, session })
  }

  onDrop(_session: EchoSession, bytes: number): void {
    this.drops.push(bytes)
  }

  onLag(lagMs: number): void {
    this.lags.push(lagMs)
  }

  /** The codes of the errors that carry one, in order. */
  get codes(): string[] {
    return this.errors.map(({ error }) =>
      typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '',
    )
  }
}
