import { runMain, untilStopped } from 'demo-kit'
import { HELP, readArguments } from './arguments.js'
import { Cluster } from './cluster.js'
import { Conversation } from './conversation.js'

/** Shorter than the default, so that nobody has to wait for the end of the demo. */
const PRESENCE_TIMEOUT_MS = 3_000

const say = (line: string) => void process.stdout.write(`${line}\n`)

await runMain(async () => {
  const flags = readArguments(process.argv.slice(2))
  if (flags === undefined) {
    process.stdout.write(HELP)
    return
  }
  const stopped = untilStopped()
  const cluster = await Cluster.start({ ...flags, presenceTimeoutMs: PRESENCE_TIMEOUT_MS })
  try {
    say(`Four processes, one room, ${cluster.between}.\n`)
    for (const { title, origin, pid } of cluster.processes) {
      say(`${title.padEnd(10)}    ${origin}/chat/tea?name=You  (process ${pid})`)
    }
    say('\nsaid at       heard at')
    const conversation = new Conversation(cluster, PRESENCE_TIMEOUT_MS, say)
    const told = flags.serve ? conversation.begin() : conversation.begin().then(() => conversation.end())
    const isStopped = await Promise.race([told.then(() => false), stopped.then(() => true)])
    // What is cut short now has nothing more to say.
    if (isStopped) told.catch(() => {})
    else if (flags.serve) {
      conversation.leave()
      say('\nThe processes go on. Connect clients of your own; Ctrl-C ends everything.')
      await stopped
    }
  } finally {
    await cluster.close()
  }
})
