/** A promise that a case opens when it wants to: what a slow handler waits for. */
export interface Gate<Value = void> {
  readonly opened: Promise<Value>
  open(value: Value): void
  fail(error: unknown): void
}

/** Makes a gate that is shut. */
export function createGate<Value = void>(): Gate<Value> {
  let open: (value: Value) => void = () => {}
  let fail: (error: unknown) => void = () => {}
  const opened = new Promise<Value>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { opened, open, fail }
}
