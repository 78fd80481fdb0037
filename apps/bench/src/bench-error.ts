/** What cannot be done, in one sentence for whoever runs the bench. */
export class BenchError extends Error {
  override readonly name = 'BenchError'
  /** Whether no other target can be measured either. */
  readonly isFatal: boolean

  constructor(message: string, isFatal = false) {
    super(message)
    this.isFatal = isFatal
  }
}
