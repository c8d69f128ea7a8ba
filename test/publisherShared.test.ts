import { once } from 'node:events'
import { createServer, get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

import { publish } from '../src/publisher/index.ts'
import { settingsOf } from '../src/publisher/settings.ts'
import { stand, type Stand, trade } from './publisherKit.ts'
import { closing, connectTo, subscribeTo } from './simulatorClient.ts'

// Goal: a publisher shares the port of a host's own HTTP server and takes nothing of it but its own path.
// Method: a plain server of Node, a scripted vendor, a real engine, clients over real sockets on loopback.

const things = closing()
afterEach(() => things.all())

const hostServer = async (): Promise<Server> => {
  const server = createServer((_, response) => response.end('the host'))
  things.add({
    close: async () => {
      server.closeAllConnections()
      if (server.listening) await once(server.close(), 'close')
    },
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port

const textAt = async (server: Server): Promise<string> => {
  const [response] = (await once(get({ port: portOf(server), agent: false }), 'response')) as [AsyncIterable<Buffer>]
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return text
}

const open = async (): Promise<Stand> => {
  const here = await stand({})
  things.add({ close: () => here.vendor.close() })
  things.add(here.engine)
  return here
}

describe('a publisher on a server of the host', () => {
  it('serves websockets at its path, leaves the rest to the host, and does not close it', async () => {
    const { engine, vendor } = await open()
    const server = await hostServer()
    const publisher = await publish(engine, { server, path: '/feed', emission: { per_second: { everyMs: 5 } } })
    expect(publisher.url).toBe(`ws://127.0.0.1:${String(portOf(server))}/feed`)

    const client = await subscribeTo(publisher.url, 'T.*')
    vendor.say(trade('AAPL', 1))
    await client.until(() => client.events().length === 1)
    expect(publisher.clients).toBe(1)
    expect(await textAt(server)).toBe('the host')
    await expect(connectTo(`ws://127.0.0.1:${String(portOf(server))}/other`)).rejects.toThrow('404')

    await publisher.close()
    expect(await client.closed).toBe(1001)
    expect(await textAt(server)).toBe('the host')
    expect(server.listenerCount('upgrade')).toBe(0)
  })

  it('stands beside another websocket server of the host', async () => {
    const { engine } = await open()
    const server = await hostServer()
    // With `{ server, path }` ws would refuse whatever is at another path.
    const own = new WebSocketServer({ noServer: true })
    server.on('upgrade', (request, socket, head) => {
      if (request.url !== '/own') return
      own.handleUpgrade(request, socket, head, (upgraded) => {
        upgraded.send('[{"ev":"status","status":"connected","message":"own"}]')
      })
    })
    const publisher = await publish(engine, { server })

    const theirs = await connectTo(`ws://127.0.0.1:${String(portOf(server))}/own`)
    const ours = await connectTo(publisher.url)
    await theirs.until(() => theirs.statuses().length === 1)
    await ours.until(() => ours.statuses().length === 1)
    expect(theirs.statuses()).toEqual(['connected: own'])
    expect(ours.statuses()).toEqual(['connected: Connected Successfully'])
    for (const { socket } of [theirs, ours]) socket.terminate()
  })

  it('says what is wrong with its options', async () => {
    const server = await hostServer()
    const silent = createServer()
    const settle = (options: Parameters<typeof settingsOf>[0]) => () => settingsOf(options, [])
    expect(settle({})).toThrow(
      'publish: port is undefined; expected a port, 0 for any free one, or a server of your own in its place',
    )
    expect(settle({ port: 0, path: '/feed' })).toThrow(
      'publish: path is "/feed"; expected to be left out without a server of your own',
    )
    expect(settle({ port: 0, server })).toThrow('publish: port is 0; expected to be left out where server is given')
    expect(settle({ server, path: 'feed' })).toThrow(
      'publish: path is "feed"; expected a path such as /stocks or /feed/live',
    )
    expect(settle({ server: silent })).toThrow('publish: server does not listen on a port; call publish after it does')
    expect(settle({ server })()).toMatchObject({ host: '127.0.0.1', shared: { path: '/stocks' } })
  })
})
