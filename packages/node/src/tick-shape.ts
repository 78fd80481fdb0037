import { executionAsyncResource } from 'node:async_hooks'

const kept: { tick: object | undefined } = { tick: undefined }

/**
 * Keeps one of the objects in which node queues what `process.nextTick` is given: its streams use one for every read.
 *
 * V8 compiles the making of these objects for the hidden classes that they go through, which nothing but such objects
 * keeps alive. When the whole heap is collected while none is queued, the classes are gone, and the next object has new
 * ones. For V8 its fields are then of many classes, and it asks the runtime for each of them for as long as the process
 * lives: a call of `process.nextTick` costs six times as much. While one of these objects is there, so are its classes.
 */
export function keepTick(): void {
  if (kept.tick !== undefined) return
  process.nextTick(() => {
    // In a tick that is the object of the tick.
    kept.tick = executionAsyncResource()
  })
}
