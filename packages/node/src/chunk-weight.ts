/** Below it a chunk comes with objects enough of its own: those of the messages in it. */
const WEIGHED_FROM = 16_384
/** As much as one read brings. An array of twice the size is a large object to V8, with new pages from the system for each. */
const MOST = 65_536
const BYTES_PER_ELEMENT = 8

/** Holds the last weight, so that each is really made. */
const last: { weight: unknown } = { weight: undefined }

/**
 * Gives a chunk that was read the weight in V8's heap that it has outside of it, for an instant.
 *
 * All that V8 has of a chunk in the space for young objects is a few dozen bytes. So that space is far from full when
 * the memory outside reaches V8's limit, and then all of the heap is marked, in several threads, where copying what is
 * alive among the young would have done; meanwhile the allocator has asked the system for memory that could have been
 * used again. An array of the same size, dropped at once, brings the cheap collection forward.
 */
export function weigh(chunk: Uint8Array): void {
  if (chunk.length <= WEIGHED_FROM) return
  last.weight = new Array(Math.floor(Math.min(chunk.length, MOST) / BYTES_PER_ELEMENT))
}
