import { testDemo } from 'demo-kit/testing'
import { start } from '../dist/server.js'

testDemo('echo-express', start, new URL('../dist/main.js', import.meta.url))
