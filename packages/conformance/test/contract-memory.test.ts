import { test } from 'node:test'
import { CLAUSES, createMemoryTarget, register } from '@echosession/conformance'

register(test, CLAUSES, createMemoryTarget())
register(test, CLAUSES, createMemoryTarget({ name: 'bare memory', lacking: ['ping', 'pause', 'unfinished'] }))
