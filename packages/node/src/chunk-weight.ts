/** Below it a chunk comes with objects enough of its own: those of the messages in it. */
const WEIGHED_FROM = 16_384
/** As much as one read brings. An array of twice the size is a large object to V8, with new pages from the system for each. */
const MOST = 65_536
const BYTES_PER_ELEMENT = 8
/** Chunks come to about so many bytes outside of V8's heap between two collections of its young objects. */
const BETWEEN_COLLECTIONS = 16_777_216

/** Holds the last weight, so that each is really made. */
const last: { weight: unknown } = { weight: undefined }

/**
 * Gives a chunk that was read the weight in V8's heap that it has outside of it, for an instant.
 *
 * All that V8 has of a chunk in the space for young objects is a few dozen bytes. So that space is far from full when
 * the memory outside reaches V8's limit, and then all of the heap is marked, in several threads, where copying what is
 * alive among the young would have done; meanwhile the allocator has asked the system for memory that could have been
 * used again. An array of the same size, dropped at once, brings the cheap collection forward.
 *
 * The first weight of a process is one block of the size that the allocator gets back at such a collection. glibc's
 * gives memory back to the system as soon as 128 KiB at the end of it are free, and pays a page fault for each page
 * that it takes again; once it has seen so large a block freed, it keeps twice as much (mallopt(3), on how its mmap
 * threshold adjusts itself). Nobody writes into the block, so no memory is ever taken for it.
 */
export function weigh(chunk: Uint8Array): void {
  if (chunk.length <= WEIGHED_FROM) return
  last.weight =
    last.weight === undefined
      ? new ArrayBuffer(BETWEEN_COLLECTIONS)
      : new Array(Math.floor(Math.min(chunk.length, MOST) / BYTES_PER_ELEMENT))
}
