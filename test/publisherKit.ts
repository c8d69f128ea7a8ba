import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'

import { createEngine, type Engine } from '../src/engine.ts'
import { publish, type PublishOptions, type Publisher } from '../src/publisher/index.ts'
import type { Frequency } from '../streams/frequency.ts'
import { fairMarketValue, perMinute, perSecond } from '../streams/frequencies/index.ts'
import { secret } from '../streams/link/secret.ts'
import { wsSocket } from '../streams/link/wsSocket.ts'
import type { Provider } from '../streams/provider.ts'

/** A vendor that says what the test tells it: acknowledges everything, sends raw elements. */
export interface Vendor {
  readonly provider: Provider
  /** One frame of these elements, as they are written. */
  say(...elements: readonly string[]): void
  close(): Promise<void>
}

export const vendor = async (): Promise<Vendor> => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const url = `ws://127.0.0.1:${String((server.address() as AddressInfo).port)}/stocks`
  const status = (word: string, message: string): string => JSON.stringify({ ev: 'status', status: word, message })

  server.on('connection', (socket: WebSocket) => {
    socket.send(`[${status('connected', 'Connected Successfully')}]`)
    socket.on('message', (data: Buffer) => {
      const { action, params } = JSON.parse(data.toString()) as { action: string; params: string }
      if (action === 'auth') socket.send(`[${status('auth_success', 'authenticated')}]`)
      else
        socket.send(
          `[${params
            .split(',')
            .map((pair) => status('success', `${action}d to: ${pair}`))
            .join(',')}]`,
        )
    })
  })

  return {
    provider: {
      name: 'scripted',
      endpoint: () => ({ url, key: secret('x'), account: 'a' }),
      openSocket: wsSocket,
    },
    say: (...elements) => {
      for (const socket of server.clients) socket.send(Buffer.from(`[${elements.join(',')}]`), { binary: false })
    },
    close: async () => {
      for (const socket of server.clients) socket.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export const trade = (sym: string, q: number, more = ''): string =>
  `{"ev":"T","sym":"${sym}","x":4,"p":100.5,"s":${String(q)},"t":1700000000000,"q":${String(q)},"z":3${more}}`
export const bar = (sym: string, v = 10): string =>
  `{"ev":"AM","sym":"${sym}","v":${String(v)},"av":1000,"op":100,"vw":101,"o":100,"c":101,"h":102,"l":99,"a":100.5,"z":5,"s":1700000000000,"e":1700000060000}`
export const fair = (sym: string): string => `{"ev":"FMV","fmv":189.22,"sym":"${sym}","t":1700000000000000123}`

export interface Stand {
  readonly vendor: Vendor
  readonly engine: Engine
  readonly server: Publisher
  /** Resolves when the lane has got so many events. */
  reached(lane: string, offset: number): Promise<void>
}

export const until = async (isTrue: () => boolean, what = 'it'): Promise<void> => {
  const untilMs = performance.now() + 5000
  while (!isTrue()) {
    if (performance.now() > untilMs) throw new Error(`${what} did not come true within 5 s`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

export const stand = async (
  options: Partial<PublishOptions> = {},
  frequencies: readonly Frequency[] = [perSecond(), perMinute(), fairMarketValue()],
): Promise<Stand> => {
  const scripted = await vendor()
  const engine: Engine = createEngine({ provider: scripted.provider, frequencies })
  await engine.start()
  const server = await publish(engine, { port: 0, ...options })

  const offsets = new Map<string, () => number>()
  engine.lane$.subscribe((lane) => offsets.set(`${lane.frequency}/${lane.eventType}`, () => lane.nextOffset))

  return {
    vendor: scripted,
    engine,
    server,
    reached: (lane, offset) => until(() => (offsets.get(lane)?.() ?? 0) >= offset, `${lane} at ${String(offset)}`),
  }
}
