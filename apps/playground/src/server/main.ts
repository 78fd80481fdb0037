import { runMain, untilStopped } from 'demo-kit'
import { HELP, readArguments } from './arguments.js'
import { startPlayground } from './launcher.js'
import { Log } from './log.js'

const { stdout } = process
const isColoured = stdout.isTTY && process.env.NO_COLOR === undefined
const log = new Log((text) => stdout.write(text), isColoured)

await runMain(async () => {
  const flags = readArguments(process.argv.slice(2))
  if (flags === undefined) {
    stdout.write(HELP)
    return
  }
  const stopped = untilStopped()
  const playground = await startPlayground(flags, log, process.env)
  log.plain('EchoSession: one WebSocket handler on five hosts.\n')
  log.plain(`  ${'the page'.padEnd(13)} ${log.paint(playground.pageUrl, 'cyan')}`)
  for (const { name, url } of playground.demos) log.plain(`  ${name.padEnd(13)} ${url}`)
  log.plain('\nOpen the page in a browser. Ctrl-C ends everything.\n')
  await stopped
  log.line('all', 'ending: no new connections, and 1001 to every open one')
  await playground.close()
})
