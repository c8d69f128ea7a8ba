/**
 * Goal: a thousand reconnects leave the engine as ten had left it: heap, timers, sockets, listeners, subscriptions, lists; it asks
 * the vendor for the same channels; the frequencies on other links notice nothing.
 *
 * Method: the real engine, dedicated links, in a process of its own, over real sockets on loopback, where a vendor of the test
 * cuts the first link in ten ways and holds every tenth connection. While that stands still the engine counts what it has. It
 * runs without compiled code, which is memory too and comes whenever V8 thinks fit.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { type CuttingVendor, cuttingVendor, endingOf, tickers, tradesEach } from './cuttingVendor.ts'
import type { Figures, Look, Story } from './reconnectingEngine.ts'

const reconnects = 1000
const looks: readonly number[] = [10, 100, 500, reconnects]

/**
 * Bytes per reconnect in the second half; before that the engine warms up. Measured: 6 to 19 in sixteen runs, nine of them three at a
 * time on two busy cores. An object with one field that stays each time makes it 54.
 */
const heapGrowthMax = 40

const withoutCompiledCode = ['--jitless', '--no-expose-wasm', '--no-flush-bytecode']

let vendor: CuttingVendor
let child: ChildProcess
let story: Story
const figures = new Map<number, Figures>()

const bar = (volume: number): string =>
  JSON.stringify([{ ev: 'AM', sym: 'AAPL', o: 1, h: 1, l: 1, c: 1, v: volume, s: volume * 60_000 }])
const value = (price: number): string => JSON.stringify([{ ev: 'FMV', sym: 'AAPL', fmv: price, t: 1_700_000_000_000 }])

/** Answers of the engine's process; rejects when it ends instead. */
const asker = (engine: ChildProcess): ((question: object) => Promise<unknown>) => {
  const ended = once(engine, 'exit').then(([code]) =>
    Promise.reject(new Error(`the engine ended with ${String(code)}`)),
  )
  ended.catch(() => {})

  return async (question) => {
    const answer = once(engine, 'message')
    engine.send(question)
    return ((await Promise.race([answer, ended])) as readonly unknown[])[0]
  }
}

const table = (): string => {
  const rows = [
    ['reconnects', ...looks.map(String)],
    ...(['heap', 'buffers'] as const).map((name) => [
      `${name}, bytes`,
      ...looks.map((at) => figures.get(at)![name].toLocaleString('en-US')),
    ]),
    ...Object.keys(figures.get(reconnects)!.counts).map((name) => [
      name,
      ...looks.map((at) => String(figures.get(at)!.counts[name] ?? 'not known')),
    ]),
  ]
  return rows
    .map(([name, ...cells]) => `${name!.padEnd(24)}${cells.map((cell) => cell.padStart(14)).join('')}\n`)
    .join('')
}

beforeAll(async () => {
  vendor = await cuttingVendor()
  child = fork(join(__dirname, 'reconnectingEngine.ts'), [vendor.url, String(reconnects + 1)], {
    execArgv: [...withoutCompiledCode, '--expose-gc', '--no-warnings', '--import', 'tsx'],
  })
  const ask = asker(child)
  let frames = 0

  await Promise.all([vendor.served('/per_minute'), vendor.served('/fair_market_value')])
  for (let done = 0; done <= reconnects; done += 10) {
    const connection = done + 1
    await vendor.held(connection)
    for (let i = 0; i < 5; i += 1) {
      frames += 1
      vendor.say('/per_minute', bar(frames))
      vendor.say('/fair_market_value', value(frames))
    }
    const look: Look = { kind: 'look', connection, frames, isMeasured: looks.includes(done) }
    const answer = await ask(look)
    if (look.isMeasured) figures.set(done, answer as Figures)
    if (done < reconnects) vendor.cut()
  }
  story = (await ask({ kind: 'close' })) as Story
  process.stdout.write(table())
}, 180_000)

afterAll(async () => {
  child.kill()
  await vendor.close()
})

describe('a thousand reconnects', () => {
  it('leave the heap where it was', () => {
    const [half, whole] = [figures.get(reconnects / 2)!, figures.get(reconnects)!]
    const heap = (whole.heap - half.heap) / (reconnects / 2)
    const buffers = (whole.buffers - half.buffers) / (reconnects / 2)

    process.stdout.write(
      `heap ${heap.toFixed(1)}, buffers ${buffers.toFixed(1)} bytes per reconnect in the second half\n`,
    )
    expect(heap).toBeLessThan(heapGrowthMax)
    expect(buffers).toBeLessThan(heapGrowthMax)
  })

  it.each(looks.slice(1))(
    'leave no timer, socket, listener, subscription, row or event more after %i than after ten',
    (at) => {
      expect(figures.get(at)!.counts).toStrictEqual(figures.get(10)!.counts)
    },
  )

  it('leave one websocket per link, and one listener on the signal', () => {
    expect(figures.get(reconnects)!.counts).toMatchObject({
      'tcp sockets': 3,
      websockets: 3,
      'listeners on the signal': 1,
      'links in health': 3,
      'frames in inboxes': 0,
      'open gaps': 0,
    })
  })

  it('ask for the same list each time, in the same order, each channel once', () => {
    const list = tickers.map((ticker) => `T.${ticker}`)
    const whole = vendor.asked.filter(
      (asked, i) => asked.length > 0 && endingOf(i + 1).name !== 'gone before the list is answered',
    )

    expect(vendor.asked[10 - 1]).toStrictEqual(list)
    expect(vendor.asked[1000 - 1]).toStrictEqual(list)
    expect(whole.length).toBeGreaterThan(reconnects / 2)
    expect(whole.filter((asked) => asked.join() !== list.join())).toStrictEqual([])
  })

  it('bring what was let through, once and in order', () => {
    const short = story.trades.flatMap((trades, connection) =>
      connection > 0 && !endingOf(connection).loses && trades !== tradesEach ? [{ connection, trades }] : [],
    )

    expect(short).toStrictEqual([])
    expect(story.misplaced).toBe(0)
  })

  it('are evictions where the vendor says so', () => {
    expect(story.words.evicted).toBeGreaterThan(10)
    expect(story.words).not.toHaveProperty('halted')
  })

  it('close every gap that they open', () => {
    const { opened, closed } = story.gaps.per_second!

    expect(opened).toBeGreaterThan(reconnects / 10)
    expect(closed).toBe(opened)
  })

  it('are told: between the events of two connections there is a gap', () => {
    expect(story.untold).toStrictEqual([])
  })

  it('cost the frequencies on other links no connection, no event and no gap', () => {
    const numbers = Array.from({ length: 5 * (reconnects / 10 + 1) }, (_, i) => i + 1)
    const none = { opened: 0, closed: 0 }

    expect(vendor.connections).toStrictEqual({
      '/per_second': reconnects + 1,
      '/per_minute': 1,
      '/fair_market_value': 1,
    })
    expect(story.read).toStrictEqual({ per_minute: numbers, fair_market_value: numbers })
    expect(story.gaps).toMatchObject({ per_minute: none, fair_market_value: none })
  })

  it('leave nothing behind when the engine closes', () => {
    expect(story.leftovers).toStrictEqual([])
  })
})
