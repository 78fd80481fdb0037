import { testDemo } from 'demo-kit/testing'
import { start } from '../dist/server.js'

testDemo('echo-hono', start, new URL('../dist/main.js', import.meta.url))
