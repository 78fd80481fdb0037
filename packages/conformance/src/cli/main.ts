#!/usr/bin/env node
import { once } from 'node:events'
import { runCli } from './run-cli.js'

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  untilStopped: () => Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]),
})
