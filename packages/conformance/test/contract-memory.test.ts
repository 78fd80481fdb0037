import { test } from 'node:test'
import { CLAUSES, createMemoryTarget, register } from '@echosession/conformance'

register(test, CLAUSES, createMemoryTarget())
