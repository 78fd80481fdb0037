import type { Chapter } from './clause.js'
import { HANDSHAKE } from './clauses/handshake.js'

/** Every clause of CONTRACT.md, by chapter. */
export const CLAUSES: readonly Chapter[] = [{ title: 'Handshake', clauses: [...HANDSHAKE] }]
