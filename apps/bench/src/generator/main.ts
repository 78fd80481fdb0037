import { ConnectLoad } from './connect-load.js'
import { EchoLoad } from './echo-load.js'
import { FanOutLoad } from './fan-out-load.js'
import type { Answer, Job, Order } from './job.js'
import type { Load } from './load.js'
import { PacedLoad } from './paced-load.js'

function createLoad(job: Job): Load {
  const { load } = job
  if (load.kind === 'echo') return new EchoLoad(job, load)
  if (load.kind === 'fan-out') return new FanOutLoad(job, load)
  if (load.kind === 'connect') return new ConnectLoad(job, load)
  return new PacedLoad(job, load)
}

let load: Load | undefined

async function obey(order: Order): Promise<Answer> {
  if ('prepare' in order) {
    load = createLoad(order.prepare)
    await load.prepare()
    return { ready: true }
  }
  if ('run' in order) {
    if (load === undefined) throw new Error('nothing was prepared')
    return { result: await load.run() }
  }
  await load?.close()
  load = undefined
  return { closed: true }
}

process.on('message', async (order: Order) => {
  let answer: Answer
  try {
    answer = await obey(order)
  } catch (error) {
    answer = { failed: error instanceof Error ? error.message : String(error) }
  }
  process.send?.(answer)
})
process.on('disconnect', () => process.exit())
