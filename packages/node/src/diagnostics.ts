import { channel } from 'node:diagnostics_channel'
import type { Observer, Sessions } from '@echosession/core'

const published = new WeakSet<Sessions>()

const channels = {
  open: channel('echosession:open'),
  close: channel('echosession:close'),
  reject: channel('echosession:reject'),
  error: channel('echosession:error'),
  drop: channel('echosession:drop'),
  gap: channel('echosession:gap'),
  lag: channel('echosession:lag'),
}

const observer: Observer = {
  onOpen: (session) => channels.open.publish({ session }),
  onClose: (session, event) => channels.close.publish({ session, event }),
  onReject: (event) => channels.reject.publish({ event }),
  onDrop: (session, bytes) => channels.drop.publish({ session, bytes }),
  onGap: (event) => channels.gap.publish({ event }),
  onLag: (lagMs) => channels.lag.publish({ lagMs }),
}

const publishError: NonNullable<Observer['onError']> = (error, phase, session) => {
  channels.error.publish({ error, phase, session })
}

// An error that nobody listens to is said on the console, so this observer listens only while somebody does here.
Object.defineProperty(observer, 'onError', {
  get: () => (channels.error.hasSubscribers ? publishError : undefined),
})

/**
 * Publishes what an engine observes on `node:diagnostics_channel`, as `echosession:open`, `close`, `reject`, `error`,
 * `drop`, `gap` and `lag`. Done once for each engine, whatever number of adapters share it.
 */
export function publishDiagnostics(sessions: Sessions): void {
  if (published.has(sessions)) return
  published.add(sessions)
  sessions.observe(observer)
}
