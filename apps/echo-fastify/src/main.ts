import { runDemo } from 'demo-kit'
import { start } from './server.js'

await runDemo(start)
