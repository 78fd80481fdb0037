import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { exchange, RawConnection, turn, until, upgradeRequest } from '@echosession/probe'
import { Server as SocketIoServer } from 'socket.io'
import { WebSocketServer } from 'ws'
import type { Host } from '../host.js'
import { define, echo, type Fault } from './stage.js'

const SOCKET_IO = '/socket.io/?EIO=4&transport=websocket'

async function assertSocketIo(host: Host): Promise<void> {
  const client = await RawConnection.upgrade(host, SOCKET_IO)
  assert.match((await client.message()) ?? '', /^0\{"sid"/)
  client.send(1, '40')
  assert.match((await client.message()) ?? '', /^40\{"sid"/)
  client.send(1, '42["ask","hello"]')
  assert.equal(await client.message(), '42["answer","hello"]')
  client.reset()
}

function withSocketIo(host: Host, options: { destroyUpgrade?: boolean; destroyUpgradeTimeout?: number }) {
  const io = new SocketIoServer(host.server, { serveClient: false, ...options })
  io.on('connection', (socket) => socket.on('ask', (text: string) => socket.emit('answer', text)))
  return io
}

/** An authorize that takes until it is let go. */
function waiting() {
  let go: () => void = () => {}
  let asked = 0
  const definition = define({
    authorize() {
      asked++
      return new Promise<void>((resolve) => {
        go = resolve
      })
    },
    message: (session, message) => session.send(message),
  })
  return { definition, asked: () => asked, go: () => go() }
}

/** What holds when others listen for upgrades on the same server. */
export const sharingFaults: readonly Fault[] = [
  {
    row: 'D28',
    title: 'Socket.IO and sessions work on one server, each on its own path',
    async run(stage) {
      const slow = waiting()
      const host = await stage.mount({ routes: { '/ws': echo, '/slow': slow.definition } })
      const io = withSocketIo(host, { destroyUpgrade: false })
      await assertSocketIo(host)
      const client = await RawConnection.upgrade(host, '/ws')
      client.send(1, 'mine')
      assert.equal(await client.message(), 'mine')
      client.close(1000)
      await client.gone()
      const late = await RawConnection.open(host)
      late.write(upgradeRequest('/slow'))
      await until(() => slow.asked() === 1, 'the call of authorize')
      await assertSocketIo(host)
      slow.go()
      assert.equal((await late.head()).status, 101)
      late.close(1000)
      await late.gone()
      assert.equal(
        (
          await exchange(
            host,
            'GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
          )
        ).status,
        200,
      )
      io.engine.close()
    },
  },
  {
    row: 'D28',
    title:
      'Socket.IO that ends the upgrades of others ends a handshake that takes longer; its place is given back',
    async run(stage) {
      const slow = waiting()
      const host = await stage.mount({ routes: { '/ws': echo, '/slow': slow.definition } })
      const io = withSocketIo(host, { destroyUpgradeTimeout: 50 })
      const cut = await RawConnection.open(host)
      cut.write(upgradeRequest('/slow'))
      await cut.gone()
      await until(() => host.sessions.counters().pending === 0, 'the place given back')
      const client = await RawConnection.upgrade(host, '/ws')
      for (let count = 0; count < 3; count++) {
        client.send(1, 'mine')
        assert.equal(await client.message(), 'mine')
        await new Promise((resolve) => setTimeout(resolve, 30))
      }
      client.close(1000)
      await client.gone()
      io.engine.close()
    },
  },
  {
    row: 'D28',
    title: 'a server of ws that takes its own path alone works beside sessions',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': echo } })
      const other = new WebSocketServer({ noServer: true })
      other.on('connection', (socket) => socket.on('message', (data) => socket.send(`other ${data}`)))
      host.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        if (request.url === '/other')
          other.handleUpgrade(request, socket, head, (client) => other.emit('connection', client, request))
      })
      for (let round = 0; round < 3; round++) {
        const theirs = await RawConnection.upgrade(host, '/other')
        theirs.send(1, 'hello')
        assert.equal(await theirs.message(), 'other hello')
        theirs.close(1000)
        await theirs.gone()
        const ours = await RawConnection.upgrade(host, '/ws')
        ours.send(1, 'hello')
        assert.equal(await ours.message(), 'hello')
        ours.close(1000)
        await ours.gone()
      }
    },
  },
  {
    row: 'D28',
    title: 'a server of ws that refuses every path but its own takes no place and ends no process',
    async run(stage) {
      const slow = waiting()
      const host = await stage.mount({ routes: { '/slow': slow.definition } })
      const other = new WebSocketServer({ server: host.server, path: '/other' })
      const answer = await exchange(host, upgradeRequest('/slow'))
      assert.equal(answer.status, 400)
      await until(() => host.sessions.counters().pending === 0, 'the place given back')
      slow.go()
      const theirs = await RawConnection.upgrade(host, '/other')
      theirs.close(1000)
      await theirs.gone()
      other.close()
      host.server.removeAllListeners('error')
      // Its listener goes with it; what is left works as before.
    },
  },
  {
    row: 'D30',
    title:
      'an upgrade that nobody owns is answered at the deadline, also behind a listener that stays silent',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': echo }, options: { authorizeTimeoutMs: 80 } })
      assert.equal((await exchange(host, upgradeRequest('/nowhere'))).status, 404)
      let seen = 0
      host.server.on('upgrade', () => void seen++)
      assert.equal((await exchange(host, upgradeRequest('/nowhere'))).status, 503)
      assert.equal(seen, 1)
    },
  },
  {
    row: 'D28',
    title: 'a listener that answers late, within the deadline, is not disturbed',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': echo } })
      const other = new WebSocketServer({ noServer: true })
      host.server.on('upgrade', async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        if (request.url !== '/late') return
        for (let turns = 0; turns < 20; turns++) await turn()
        other.handleUpgrade(request, socket, head, (client) =>
          client.on('message', (data) => client.send(`late ${data}`)),
        )
      })
      const client = await RawConnection.open(host)
      client.write(upgradeRequest('/late'))
      assert.equal((await client.head()).status, 101)
      client.send(1, 'hello')
      assert.equal(await client.message(), 'late hello')
      client.close(1000)
      await once(client.socket, 'end')
      client.socket.destroy()
    },
  },
]
