import { test } from 'node:test'
import { CLAUSES, register } from '@echosession/conformance'
import { hapi } from '../dist/hapi-target.js'

register(test, CLAUSES, hapi)
