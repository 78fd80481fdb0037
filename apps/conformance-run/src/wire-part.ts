import { type Report, runWire } from '@echosession/conformance'
import { OPTIONS } from '@echosession/core'
import { DEMOS, type DemoName } from 'demo-kit'
import { startDemo } from './demo-process.js'

/** How the demos are run for the wire suite. */
export type WireMode = 'default' | 'lifted'

// Larger than anything that a case sends.
const LIFTED = { MAX_MESSAGE_BYTES: '268435456', MAX_FRAGMENTS: '1048576', COMPRESSION: '1' }

/** The demos by name. */
export const DEMO_NAMES = Object.keys(DEMOS) as DemoName[]

/**
 * Plays the wire suite against one demo: at its defaults, with its limits declared; or with its limits lifted and
 * compression on, so that no case is turned into one of a limit.
 */
export async function judgeDemo(
  name: DemoName,
  mode: WireMode,
  onCase: (done: number, total: number) => void,
  seed?: number,
): Promise<Report> {
  const demo = await startDemo(name, mode === 'lifted' ? LIFTED : {})
  const { maxMessageBytes, maxFragments } = OPTIONS
  try {
    return await runWire({
      url: demo.url,
      name: mode === 'lifted' ? `${name}, limits lifted` : name,
      onProgress: ({ done, total }) => onCase(done, total),
      ...(seed === undefined ? {} : { seed }),
      ...(mode === 'lifted'
        ? {}
        : { limits: { maxMessageBytes: maxMessageBytes.default, maxFragments: maxFragments.default } }),
    })
  } finally {
    await demo.stop()
  }
}
