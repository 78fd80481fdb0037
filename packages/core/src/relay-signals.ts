/** What processes tell each other besides messages: told of what comes in, and of what may have been lost. */
export interface RelaySignals {
  /** A signal of another process has come, by a room or, if that is undefined, to everyone. */
  signal(room: string | undefined, publisher: string, payload: Uint8Array): void
  /** Something of another process did not arrive here. */
  missed(room: string | undefined, publisher: string): void
  /** What others say in a room arrives here from now on. */
  followed(room: string): void
  /** A signal of this process was not taken. */
  unsaid(room: string | undefined): void
  /** Others are reached again after something was not taken. */
  resumed(): void
  /** The engine is reached: for the first time, or after it was lost, and with it anything at all. */
  recovered(): void
}
