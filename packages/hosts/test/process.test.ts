import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { HOSTS } from '@echosession/hosts'
import { RawConnection, upgradeRequest, within } from '@echosession/probe'

const APP = fileURLToPath(new URL('../dist/app.js', import.meta.url))

for (const name of Object.keys(HOSTS)) {
  test(`E33 ${name}: a process with sessions, waiting and idle connections ends by itself on SIGTERM`, async () => {
    const child = fork(APP, [name])
    const exit = once(child, 'exit')
    const [port] = (await within(once(child, 'message') as Promise<[number]>, 'the start')) as [number]
    const session = await RawConnection.upgrade({ port }, '/ws')
    const silent = await RawConnection.upgrade({ port }, '/ws')
    const waiting = await RawConnection.open({ port })
    waiting.write(upgradeRequest('/never'))
    const idle = await RawConnection.open({ port })
    idle.write('GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n')
    await idle.head()
    child.kill('SIGTERM')
    assert.equal((await session.closed()).code, 1001)
    session.close(1001)
    assert.equal((await waiting.answer()).status, 503)
    assert.deepEqual(await within(exit, 'the end of the process'), [0, null])
    await Promise.all([session, silent, idle].map((client) => client.gone()))
  })
}
