import { test } from 'node:test'
import { createMemoryLogTarget, registerLog } from '@echosession/conformance'

registerLog(test, createMemoryLogTarget())
