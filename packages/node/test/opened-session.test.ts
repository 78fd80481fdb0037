import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createSessions, defineSession } from '@echosession/core'
import { createNodeAdapter, type NodeContext, type Routes } from '@echosession/node'
import { isCollected, Opcode, RawConnection, until, within } from '@echosession/probe'

async function start(routes: Routes, before: (request: IncomingMessage, response: ServerResponse) => void) {
  const sessions = createSessions()
  const adapter = createNodeAdapter(sessions, routes)
  const outer: RequestListener = (request, response) => {
    before(request, response)
    adapter.listener(request, response)
  }
  const server = createServer(outer)
  const attachment = adapter.attach(server, outer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { sessions, adapter, port, close: () => within(attachment.close(), 'the shutdown') }
}

test('an open session keeps its request, and nothing of the response and the stream that its handshake was answered with', async () => {
  const seen: { request: WeakRef<object>; response: WeakRef<object>; stream: WeakRef<object> }[] = []
  const contexts: NodeContext[] = []
  const keep = defineSession<unknown, NodeContext>({
    open(session) {
      contexts.push(session.context)
    },
    message(session, message) {
      session.send(message)
    },
  })
  const { port, close } = await start({ '/ws': keep }, (request, response) => {
    const { socket } = response
    assert.ok(socket)
    seen.push({
      request: new WeakRef(request),
      response: new WeakRef(response),
      stream: new WeakRef(socket),
    })
  })
  const client = await RawConnection.upgrade({ port }, '/ws')
  const [references] = seen
  assert.ok(references)
  assert.equal(await isCollected(references.response), true, 'the response is still there')
  assert.equal(await isCollected(references.stream), true, 'the answer stream is still there')
  assert.equal(references.request.deref(), contexts[0]?.request)
  client.send(Opcode.text, 'still here')
  assert.equal(await client.message(), 'still here')
  client.close(1000)
  await client.gone()
  await close()
})

test('whoever runs the pipeline for a request again after its session has opened changes nothing', async () => {
  const requests: IncomingMessage[] = []
  const echo = defineSession({
    message(session, message) {
      session.send(message)
    },
  })
  const { sessions, adapter, port, close } = await start({ '/ws': echo }, (request) => {
    requests.push(request)
  })
  const client = await RawConnection.upgrade({ port }, '/ws')
  const [request] = requests
  assert.ok(request)
  const counters = sessions.counters()
  const late = new ServerResponse(request)
  adapter.listener(request, late)
  await until(() => late.writableEnded, 'the late answer')
  assert.equal(late.statusCode, 400)
  assert.deepEqual(sessions.counters(), counters)
  client.send(Opcode.text, 'undisturbed')
  assert.equal(await client.message(), 'undisturbed')
  client.close(1000)
  await client.gone()
  await close()
})

test('the headers of an open session stand as they came, those that are shared and others', async () => {
  const contexts: NodeContext[] = []
  const keep = defineSession<unknown, NodeContext>({
    open(session) {
      contexts.push(session.context)
    },
  })
  const { port, close } = await start({ '/ws': keep }, () => {})
  const odd = [
    'COOKIE: 13',
    'x-upgrade: Upgrade',
    'Cookie: websocket',
    'upgrade-insecure-requests: *',
    'Pragma:',
  ]
  const client = await RawConnection.upgrade({ port }, '/ws', odd)
  assert.deepEqual(contexts[0]?.request.rawHeaders.slice(-10), [
    ...['COOKIE', '13', 'x-upgrade', 'Upgrade', 'Cookie', 'websocket'],
    ...['upgrade-insecure-requests', '*', 'Pragma', ''],
  ])
  client.close(1000)
  await client.gone()
  await close()
})
