import { testDemo } from 'demo-kit/testing'
import { start } from '../dist/server.js'

testDemo('echo-node', start, new URL('../dist/main.js', import.meta.url))
