import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { transform } from '@swc/core'

import type { Plan } from './publisherFleet.ts'
import { stand, type Stand, trade, until } from './publisherKit.ts'
import { closing } from './simulatorClient.ts'

// Goal: a thousand clients with a thousand different lists receive exactly their events, checked by content, and fifty of them
// that stop reading cost the others nothing.
// Method: a scripted vendor at 20,000 events a second, a real engine and publisher here, the clients in a process of their own. Nothing
// depends on how long anything takes: the feed ends with a mark that everybody has, and who stops is cut because of bytes.

const things = closing()
afterEach(() => things.all())

const clientCount = 1000
const stallCount = 50
const symbolCount = 1000
const symbolsPerList = 20
const eventsTotal = 40_000
const eventsPerFrame = 200

/** Starts publisherFleet.ts: Node 20 reads no TypeScript, so it is compiled here and handed over as text. */
const fleet = async (): Promise<ChildProcess> => {
  const source = await readFile(join(process.cwd(), 'test/publisherFleet.ts'), 'utf8')
  const { code } = await transform(source, {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  })
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  things.add({ close: () => child.kill() })
  return child
}

const told = async <T>(child: ChildProcess): Promise<T> => {
  const [message] = (await once(child, 'message')) as [T]
  return message
}

const symbolOf = (n: number): string => `S${String(n)}`
const listOf = (client: number): readonly string[] =>
  // Different for each, and each symbol in about twenty.
  Array.from({ length: symbolsPerList }, (_, i) => symbolOf((client + i * i * 7) % symbolCount))

describe('a thousand clients with a thousand lists', () => {
  it('get exactly their events while fifty of them have stopped reading', async () => {
    const here: Stand = await stand({ clientBytesMax: 256 * 1024, frameBytesMax: 128 * 1024 })
    things.add({ close: () => here.vendor.close() })
    things.add(here.engine)
    const stallsFrom = clientCount - stallCount
    const lists = Array.from({ length: clientCount }, (_, client) => [
      ...new Set([...listOf(client), 'LAST', ...(client < stallsFrom ? [] : ['WIDE'])]),
    ])
    const clients = await fleet()
    const ready = told(clients)
    const plan: Plan = {
      port: here.server.port,
      lists: lists.map((list) => list.map((symbol) => `T.${symbol}`).join(',')),
      stallsFrom,
    }
    clients.send(plan)
    await ready
    expect(here.server.health()).toMatchObject({ clients: clientCount, cohorts: clientCount })
    const stalled = told(clients)
    clients.send('stall')
    await stalled

    const hashes = new Map(Array.from({ length: symbolCount }, (_, n) => [symbolOf(n), [] as number[]]))
    lists.slice(0, stallsFrom).forEach((list, client) => {
      for (const symbol of list) hashes.get(symbol)?.push(client)
    })
    const expected = lists.slice(0, stallsFrom).map(() => ({ events: 0, hash: createHash('sha1') }))
    const expectOf = (clientsOfIt: Iterable<number>, element: string): void => {
      for (const client of clientsOfIt) {
        const one = expected[client]!
        one.events += 1
        one.hash.update(element).update(',')
      }
    }
    const wide = `,"pad":"${'x'.repeat(60_000)}"`
    const done = told<{ results: { events: number; hash: string }[] }>(clients)
    const beganMs = performance.now()
    let state = 7
    for (let from = 0; from < eventsTotal; from += eventsPerFrame) {
      const elements: string[] = []
      for (let n = from; n < from + eventsPerFrame; n += 1) {
        state = (state * 1103515245 + 12345) % 2147483648
        const symbol = symbolOf((state >> 8) % symbolCount)
        const element = trade(symbol, n)
        elements.push(element)
        expectOf(hashes.get(symbol)!, element)
      }
      // Only for those who have stopped: more than any buffer on the way has room for.
      here.vendor.say(...elements, trade('WIDE', from, wide))
      // 20,000 a second, or as fast as this machine goes.
      const aheadMs = ((from + eventsPerFrame) / 20_000) * 1000 - (performance.now() - beganMs)
      await new Promise((resolve) => setTimeout(resolve, Math.max(aheadMs, 0)))
    }
    const mark = trade('LAST', eventsTotal)
    expectOf(lists.slice(0, stallsFrom).keys(), mark)
    here.vendor.say(mark)
    const { results } = await done

    expect(results).toEqual(expected.map(({ events, hash }) => ({ events, hash: hash.digest('hex') })))
    await until(() => here.server.clients === stallsFrom)
    expect(here.server.health()).toMatchObject({ cut: stallCount, clients: stallsFrom })
    here.engine.ledger().assertBalanced()
    const readers = here.engine.ledger().rows.filter(({ kind }) => kind === 'reader')
    expect(readers.map(({ figures }) => figures.lost)).toEqual([0, 0, 0])
    const rows = here.engine.ledger().rows.filter(({ kind, name }) => kind === 'client' && name !== '(closed)')
    expect(rows.reduce((sum, { figures }) => sum + figures.sent!, 0)).toBe(
      results.reduce((sum, { events }) => sum + events, 0),
    )
  }, 60_000)
})
