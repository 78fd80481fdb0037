const SIGNALS = [
  ['SIGHUP', 1],
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const

/** Ends this process by itself when it is told to end, so that what is to be done at its exit is done. */
export function exitOnSignals(): void {
  for (const [signal, number] of SIGNALS) process.once(signal, () => process.exit(128 + number))
}

/** Hands on what this process is told to another. */
export function forwardSignals(kill: (signal: NodeJS.Signals) => void): void {
  for (const [signal] of SIGNALS) process.on(signal, () => kill(signal))
}
