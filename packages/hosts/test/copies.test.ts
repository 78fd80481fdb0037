import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type * as Core from '@echosession/core'
import { EchoSessionError } from '@echosession/core'
import { HOSTS } from '@echosession/hosts'
import { exchange, RawConnection, upgradeRequest } from '@echosession/probe'

test('definitions and refusals of another copy of the core work', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'echosession-copy-'))
  const core = join(dirname(realpathSync(fileURLToPath(import.meta.resolve('@echosession/core')))), '..')
  for (const part of ['dist', 'package.json'])
    cpSync(join(core, part), join(folder, part), { recursive: true })
  const copy = (await import(pathToFileURL(join(folder, 'dist', 'index.js')).href)) as typeof Core
  rmSync(folder, { recursive: true })
  assert.notEqual(copy.EchoSessionError, EchoSessionError, 'it is another copy indeed')
  const sessions = copy.createSessions()
  const mounts = [
    HOSTS.node({
      routes: { '/ws': copy.defineSession({ authorize: () => copy.reject(402, { body: 'pay' }) }) },
    }),
    HOSTS.express({
      sessions,
      routes: { '/ws': copy.defineSession({ message: (session, message) => void session.send(message) }) },
    }),
  ] as const
  const [refusing, echoing] = await Promise.all(mounts)
  const refused = await exchange(refusing, upgradeRequest('/ws'))
  assert.deepEqual([refused.status, refused.body], [402, 'pay'])
  const client = await RawConnection.upgrade(echoing, '/ws')
  client.send(1, 'hello')
  assert.equal(await client.message(), 'hello')
  client.close(1000)
  await client.gone()
  await Promise.all([refusing.close(), echoing.close()])
})
