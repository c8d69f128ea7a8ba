/**
 * Goal: a new frequency is one file, a codec and a definition. Its ticker may stand under any key of the wire, and everything that looks
 * for a ticker finds it there.
 *
 * Method: limit up, limit down for the table and the room it takes in the sources; net order imbalances, a frequency the product knows nothing of,
 * from a vendor over a real socket through engine and publisher to clients. The vendor says what the test tells it; for what is
 * filtered at the source a simulator plays a recorded file.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { filter, map } from 'rxjs'

import { createEngine, limitUpLimitDown, perSecond, sentence, simulated } from '../src/index.ts'
import { createDecoder } from '../streams/codecs/index.ts'
import { imbalances, type NetOrderImbalance } from './netOrderImbalance.ts'
import { stand, trade, until } from './publisherKit.ts'
import { closing, subscribeTo, type TestClient } from './simulatorClient.ts'

const root = join(import.meta.dirname, '..')
const things = closing()
afterEach(() => things.all())

const decode = createDecoder(limitUpLimitDown().codecs)
const decoded = (element: string) => decode(Buffer.from(`[${element}]`))

describe('limit up, limit down', () => {
  const sound = { ev: 'LULD', symbol: 'AAPL', high: 218.86, low: 198.02, indicators: [21], tape: 3, sequence: 4213 }

  it.each([
    ['nanoseconds, as live frames have it', '1601541794000000123', '1601541794000000123', 1_601_541_794_000],
    ['microseconds, as an old sample', '1601541794000123', '1601541794000123000', 1_601_541_794_000],
    ['milliseconds, as the documents say', '1601541794009', '1601541794009000000', 1_601_541_794_009],
  ])('reads its ticker from T and its time in %s', (_, wire, atNs, atMs) => {
    const rest = `"h":218.86,"l":198.02,"i":[21],"z":3,"t":${wire},"q":4213`
    for (const [element, isScanned] of [
      [`{"ev":"LULD",${rest},"T":"AAPL"}`, true],
      [`{"T":"AAPL",${rest},"ev":"LULD"}`, true],
      // An escape: this one takes JSON.parse and io-ts.
      [`{"ev":"LULD","T":"A\\u0041PL",${rest}}`, false],
    ] as const) {
      const { batches, unscanned, rejects, drifts } = decoded(element)
      expect([rejects, drifts]).toEqual([[], []])
      expect(unscanned === undefined).toBe(isScanned)
      expect(batches[0]!.at(0)).toStrictEqual({ ...sound, atNs, atMs })
      expect([batches[0]!.symbol(0), batches[0]!.atMs(0), Buffer.from(batches[0]!.wire(0)).toString()]).toEqual([
        'AAPL',
        atMs,
        element,
      ])
    }
  })

  it.each([
    [
      '{"ev":"LULD","h":2,"l":1,"t":1601541794009,"sym":"AAPL"}',
      'T: expected a text that is not empty, received nothing',
    ],
    ['{"ev":"LULD","h":2,"l":1,"T":"AAPL"}', 't: expected a Unix time in nanoseconds, microseconds or milliseconds'],
    ['{"ev":"LULD","h":-2,"l":1,"t":1601541794009,"T":"AAPL"}', 'h: expected a number of 0 or more, received -2'],
    ['{"ev":"LULD","h":2,"t":1601541794009,"T":"AAPL"}', 'l: expected a number of 0 or more, received nothing'],
    [
      '{"ev":"LULD","h":2,"l":1,"i":17,"t":1601541794009,"T":"AAPL"}',
      'i: expected a list of whole numbers, received 17',
    ],
  ])('refuses %s', (element, why) => {
    expect(decoded(element).rejects.map(sentence).join()).toContain(why)
  })

  it('keeps a halt whose bands make no sense, and counts that', () => {
    const { batches, drifts } = decoded('{"ev":"LULD","h":0,"l":1,"i":[17],"t":1601541794009,"T":"AAPL"}')
    expect(batches[0]!.at(0)).toMatchObject({ high: 0, low: 1, indicators: [17] })
    expect(drifts).toMatchObject([{ eventType: 'LULD', name: 'lowNotAboveHigh' }])
  })
})

describe('a frequency of one file', () => {
  it('is mentioned nowhere that its events pass through', () => {
    const files = ['streams', 'operators', 'src/engine', 'src/publisher'].flatMap((room) =>
      readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((file) => `${room}/${file}`),
    )
    const mentions = ['src/engine.ts', ...files.filter((file) => file.endsWith('.ts'))].filter((file) =>
      /luld|limit.?up/i.test(readFileSync(join(root, file), 'utf8')),
    )

    // The second is the door of the room.
    expect(mentions.sort()).toEqual(['streams/frequencies/index.ts', 'streams/frequencies/limitUpLimitDown.ts'])
    expect(files.length).toBeGreaterThan(100)
  })

  it('needs no more than the public doors', () => {
    const source = readFileSync(join(root, 'test', 'netOrderImbalance.ts'), 'utf8')
    const { exports: doors } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: object }
    const imported = Array.from(source.matchAll(/from '(.+)'/g), ([, path]) =>
      relative(root, join(root, 'test', path!)),
    )

    expect(imported).toEqual(['src/index.ts', 'streams/index.ts'])
    expect(Object.keys(doors)).toEqual(expect.arrayContaining(['.', './streams']))
  })
})

const noi = (T: string, i: number, more = ''): string =>
  `{"ev":"NOI","t":1601318039223013600,"at":930,"a":"M","i":${String(i)},"x":10,"o":480,"p":440,"b":25.03${more},"T":"${T}"}`
const bare = (client: TestClient): readonly string[] => client.frames.filter((frame) => !frame.includes('"status"'))

describe('net order imbalances, unknown to the product', () => {
  const open = async (...args: Parameters<typeof stand>) => {
    const here = await stand(...args)
    things.add({ close: () => here.vendor.close() })
    things.add(here.engine)
    return here
  }
  const fast = { emission: { imbalances: { everyMs: 2 } } }

  it('go to those who want their ticker, in the bytes they came in, however they were read', async () => {
    const { vendor, server, engine } = await open({ ...fast, snapshot: true }, [
      imbalances({ tickers: ['AAPL', 'MSFT'] }),
      perSecond(),
    ])
    const one = await subscribeTo(server.url, 'NOI.AAPL')
    const all = await subscribeTo(server.url, 'NOI.*,T.*')
    const escaped = noi('A\\u0041PL', 3)
    // Of IBM nobody asked for; it came all the same.
    vendor.say(noi('AAPL', 1), noi('MSFT', 2), escaped, noi('IBM', 4), trade('IBM', 5), noi('AAPL', 6, ',"new":1.50'))
    await all.until(() => all.events().length === 5)
    await one.until(() => one.events().length === 3)

    expect(bare(one).join('')).toBe(`[${noi('AAPL', 1)},${escaped},${noi('AAPL', 6, ',"new":1.50')}]`)
    expect(all.events().map(({ i, q }) => i ?? q)).toEqual(expect.arrayContaining([1, 2, 3, 6, 5]))

    // The last event of each ticker, found by its ticker.
    const late = await subscribeTo(server.url, 'NOI.MSFT')
    await late.until(() => late.events().length === 1)
    expect(bare(late)).toEqual([`[${noi('MSFT', 2)}]`])

    expect(engine.health().links[0]).toMatchObject({ events: 6, unwanted: 1, drifted: 1, rejected: 0 })
    await engine.close()
    engine.ledger().assertBalanced()
  })

  it('are written by their own table when an operator has made them anew', async () => {
    const doubled = imbalances().pipe(
      filter(({ auctionType }) => auctionType === 'M'),
      map((event): NetOrderImbalance => ({ ...event, imbalance: event.imbalance * 2 })),
    )
    const { vendor, server, engine } = await open(fast, [doubled])
    const client = await subscribeTo(server.url, 'NOI.MSFT')
    vendor.say(noi('AAPL', 1), noi('MSFT', 2))
    await client.until(() => client.events().length === 1)

    expect(bare(client)).toEqual([
      '[{"ev":"NOI","T":"MSFT","at":930,"a":"M","o":960,"p":440,"b":25.03,"x":10,"i":2,"t":1601318039223013600}]',
    ])
    await engine.close()
    engine.ledger().assertBalanced()
  })

  it('are rejected with the reason where the table does not hold', async () => {
    const { vendor, engine } = await open(fast, [imbalances()])
    const reasons: string[] = []
    engine.frequency('imbalances').reject$.subscribe((reject) => reasons.push(sentence(reject)))
    vendor.say('{"ev":"NOI","sym":"AAPL","t":1601318039223013600,"at":930,"a":"M","o":480,"p":440}')
    await until(() => reasons.length === 1)

    expect(reasons[0]).toContain('T: expected a text that is not empty, received nothing')
    expect(engine.health().frequencies[0]).toMatchObject({ rejected: 1 })
  })

  it('are filtered by ticker at the source, by a simulator that plays a recorded file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'own-frequency-'))
    things.add({ close: () => rmSync(folder, { recursive: true }) })
    const file = join(folder, 'day.frames')
    const luld = '{"ev":"LULD","h":2,"l":1,"i":[17],"t":1601318039223013600,"T":"MSFT"}'
    writeFileSync(
      file,
      `1601318039223 [${noi('AAPL', 1)},${noi('MSFT', 2)},${luld}]\n1601318039224 [${noi('AAPL', 3)}]\n`,
    )
    const engine = createEngine({
      provider: simulated({ frames: file }),
      frequencies: [imbalances({ tickers: ['AAPL'] }), limitUpLimitDown({ tickers: ['MSFT'] })],
    })
    things.add(engine)
    await engine.start()
    const reader = engine.frequency('imbalances').lane('NOI').reader('test')
    await until(() => reader.waiting === 2, 'two imbalances')
    const pulled = reader.pull()
    const halts = engine.frequency('limit_up_limit_down').lane('LULD').reader('test').pull()

    expect(Array.from(pulled, ({ sequence }) => sequence)).toEqual([1, 3])
    expect([...halts]).toEqual([expect.objectContaining({ symbol: 'MSFT', indicators: [17] })])
    expect(engine.health().links[0]).toMatchObject({ events: 3, unwanted: 0 })
    await engine.close({ drainMs: 0 })
    engine.ledger().assertBalanced()
  })
})
