import { FrameRun } from './frame-run.js'

/** A port that holds frames. */
export interface Holder {
  /** Sends what it holds. */
  flush(): void
}

/** From so many answers in a turn on, gathering them pays for the pass of the event loop that it takes. */
const MANY = 6
/** How many answers go by between two looks at how many there are in a turn. */
const LOOK_EVERY = 64
/** How long an answer may wait for what else is read in its turn, in milliseconds. */
const MAX_WAIT_MS = 1
const NEVER = Number.POSITIVE_INFINITY

const holding: Holder[] = []
/** What the last port to hold something began with: nearly always a frame that the next one begins with too. */
let begun: FrameRun | undefined
let endIsAwaited = false
/** How many reads have been answered in this turn, as far as it has been looked at. */
let answers = 0
let gathers = false
let unlooked = 0
/** Since when the first answer has been waiting. */
let since = NEVER

/** Flushes all ports that hold something. */
export function flushHeld(): void {
  // By index: the calls of an iterator were not compiled away here.
  for (let index = 0; index < holding.length; index++) holding[index]?.flush()
  holding.length = 0
  begun = undefined
  since = NEVER
}

function end(): void {
  endIsAwaited = false
  gathers = answers >= MANY
  // The next look comes earlier by what this one has seen: it would miss most again if it came as late in its turn.
  if (!gathers) unlooked += answers
  flushHeld()
}

function awaitEnd(): void {
  if (endIsAwaited) return
  endIsAwaited = true
  answers = 0
  setImmediate(end)
}

/** The run that begins with this frame; ports that are sent the same in one turn share it. */
export function runOf(frame: Uint8Array): FrameRun {
  if (begun?.isOnly(frame) !== true) begun = new FrameRun(frame)
  return begun as FrameRun
}

/** Flushes a port when everything that is ready to be read in this turn of the event loop has been. */
export function hold(holder: Holder): void {
  holding.push(holder)
  awaitEnd()
}

/**
 * Notes that a port has an answer to what it has just read; tells whether it should be gathered.
 *
 * A write that wakes its receiver costs far more than one to a receiver that still has others to read. So where many ports
 * are ready at a time, all of them are read from first. Where few are, each answer leaves at once: the end of the turn
 * takes a pass of the event loop of its own. Whether they are many is taken from the last turn that was looked at.
 */
export function answersAreMany(): boolean {
  if (gathers) return true
  if (++unlooked >= LOOK_EVERY) {
    unlooked = 0
    awaitEnd()
  }
  answers++
  return false
}

/** Holds an answer until the turn is over, or until a read ends too late for the first to wait longer. */
export function gather(holder: Holder): void {
  if (since === NEVER) since = performance.now()
  hold(holder)
  answers++
}

/** Whether the first answer has waited long enough, for handlers may be slow. Asked after each read. */
export function isOverdue(): boolean {
  return since !== NEVER && performance.now() - since > MAX_WAIT_MS
}
