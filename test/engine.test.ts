/**
 * Goal: the engine as a host holds it: what wrong use is told, what `start` and `close` promise, that no key ever shows, that
 * nothing is left behind.
 *
 * Method: the real engine in real time with the marble kit's scripted vendor in place of sockets, and once with the simulator
 * on loopback. Each test closes its engine; nothing waits longer than some ten milliseconds.
 */
import { afterEach, describe, expect, it } from '@jest/globals'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import { inspect } from 'node:util'
import { bufferCount, concatMap, delay, filter, firstValueFrom, map, type Observable, tap } from 'rxjs'

import {
  createEngine,
  defineFrequency,
  fairMarketValue,
  perMinute,
  perSecond,
  simulated,
  type Engine,
  type EngineOptions,
  type Logger,
  type Part,
  type Provider,
} from '../src/index.ts'
import { polygon } from '../src/index.ts'
import { scriptedVendor, trade, type VendorScript } from '../marbles/index.ts'
import { defineCodec } from '../streams/codecs/defineCodec.ts'
import { number, required, ticker, timeMs } from '../streams/codecs/field.ts'
import { secret } from '../streams/link/secret.ts'

const keyText = 'pk_live_4711'
const quick = { settleMs: 0, retry: { initialMs: 5, capMs: 10 }, closeWaitMs: 20 } as const
const engines: Engine[] = []

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close({ drainMs: 0 })))
})

const make = <const F extends EngineOptions['frequencies']>(
  options: Omit<EngineOptions<F>, 'provider'> & { provider?: Provider },
  script?: VendorScript,
) => {
  const vendor = scriptedVendor(script)
  const engine = createEngine<F>({ provider: vendor.provider, link: quick, ...options })
  engines.push(engine)
  return { engine, vendor }
}

const lines = () => {
  const all: { level: string; fields: object; message: string }[] = []
  const loggerOf = (bindings: object): Logger => {
    const at =
      (level: string) =>
      (fields: object, message: string): void =>
        void all.push({ level, fields: { ...bindings, ...fields }, message })
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (more) => loggerOf({ ...bindings, ...more }),
    }
  }
  return { all, logger: loggerOf({}) }
}

const timers = (): number =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => ['Timeout', 'Immediate', 'TCPSocketWrap', 'TCPServerWrap'].includes(kind)).length

/** Waits until it holds, for at most two seconds: a busy machine is no fault of the engine. */
const until = async (holds: () => boolean): Promise<void> => {
  for (let i = 0; i < 400 && !holds(); i += 1) await wait(5)
}

describe('wrong use', () => {
  it.each([
    ['no frequency', { frequencies: [] }, 'frequencies needs at least one, such as perSecond()'],
    [
      'no provider',
      { frequencies: [perSecond()], provider: undefined },
      'provider is missing; give polygon({ apiKey }) or simulated({ seed: 7 })',
    ],
    [
      'a name twice',
      { frequencies: [perSecond(), perSecond()] },
      'the frequency per_second is listed twice; one engine has each name once',
    ],
    ['no time to start', { frequencies: [perSecond()], startTimeoutMs: 0 }, 'startTimeoutMs must be above 0'],
    [
      'a time no timer can wait',
      { frequencies: [perSecond()], startTimeoutMs: Infinity },
      'at most 2147483647 milliseconds, not Infinity',
    ],
    ['an inbox of nothing', { frequencies: [perSecond()], inboxBytes: 0 }, 'inboxBytes must be above 0 bytes, not 0'],
    ['a turn of nothing', { frequencies: [perSecond()], turnBytes: -1 }, 'turnBytes must be above 0 bytes, not -1'],
    ['a link that cannot be', { frequencies: [perSecond()], link: { muteMs: 1 } }, 'muteMs must be longer than pingMs'],
    [
      'an event type of two',
      {
        frequencies: [
          perSecond({ channels: ['A'] }),
          defineFrequency({ name: 'other', codecs: [...perSecond({ channels: ['A'] }).codecs], quietMs: 1 })(),
        ],
      },
      'the frequencies per_second and other both want A',
    ],
    [
      'an address that is none',
      { frequencies: [perSecond({ url: 'http://user:pass@x' })] },
      'begins with ws:// or wss://',
    ],
  ])('is a RangeError that says so: %s', (_, options, message) => {
    const error = ((): unknown => {
      try {
        return make(options as never)
      } catch (thrown) {
        return thrown
      }
    })()

    expect(error).toBeInstanceOf(RangeError)
    expect(String(error)).toContain(message)
    expect(String(error)).not.toContain('pass')
  })

  it.each([
    [
      'an empty list of tickers',
      () => perSecond({ tickers: [] }),
      "per_second: tickers is '*' or a list with at least one ticker",
    ],
    ['a ticker with a comma', () => perSecond({ tickers: ['A,B'] }), 'per_second: "A,B" is no ticker'],
    ['no channel', () => perSecond({ channels: [] }), 'per_second: channels is empty; leave it out for T, A, Q'],
    [
      'a channel it has not',
      () => perSecond({ channels: ['AM' as 'A'] }),
      'per_second: no channel "AM"; it has T, A, Q',
    ],
    ['a priority of nothing', () => perSecond({ priority: 0 }), 'per_second: priority is 1 (first) or more, not 0'],
    [
      'a lane of nothing',
      () => perSecond({ limit: 0 }),
      'per_second: limit is a whole number of events, 1 or more, not 0',
    ],
    [
      'a name in capitals',
      () => defineFrequency({ name: 'Halts', codecs: perSecond().codecs, quietMs: 1 }),
      "a frequency's name is lower case letters",
    ],
    [
      'no codec',
      () => defineFrequency({ name: 'halts', codecs: [], quietMs: 1 }),
      'halts: a frequency needs at least one codec',
    ],
    [
      'no quiet time',
      () => defineFrequency({ name: 'halts', codecs: perSecond().codecs, quietMs: Infinity }),
      'halts: quietMs must be above 0',
    ],
  ])('is a RangeError when the frequency is made: %s', (_, wrong, message) => {
    expect(wrong).toThrow(RangeError)
    expect(wrong).toThrow(message)
  })

  it('is told by name: a frequency or a lane that is not there', () => {
    const { engine } = make({ frequencies: [perSecond(), perMinute()] })

    expect(() => engine.frequency('per_hour' as 'per_minute')).toThrow(
      new RangeError('no frequency "per_hour"; this engine has per_second, per_minute'),
    )
    expect(() => engine.frequency('per_minute').lane('T' as 'AM')).toThrow(
      new RangeError('per_minute has no lane "T"; it has AM'),
    )
  })

  it('is an error after the close', async () => {
    const { engine } = make({ frequencies: [perSecond()] })
    await engine.close()

    await expect(engine.start()).rejects.toThrow('the engine is closed: make a new one')
    expect(() => {
      engine.frequency('per_second').stop()
    }).toThrow('the engine is closed: per_second cannot be changed any more')
    expect(() => engine.attach({ name: 'part', health: () => ({}) })).toThrow(
      'the engine is closed: nothing can be attached',
    )
    expect(() => engine.close({ drainMs: -1 })).toThrow('drainMs must be 0 milliseconds or more, not -1')
  })
})

describe('start', () => {
  it('opens nothing before, and resolves with each first verdict', async () => {
    const before = timers()
    const { engine, vendor } = make(
      { frequencies: [perSecond(), fairMarketValue()], links: 'dedicated' },
      { refuses: ['FMV'] },
    )
    await until(() => timers() <= before)
    expect(vendor.opened()).toBe(0)
    expect(timers()).toBeLessThanOrEqual(before)

    const verdicts = await engine.start()

    expect(verdicts.per_second.word).toBe('live')
    expect(verdicts.fair_market_value).toMatchObject({ word: 'refused', reason: 'refused: FMV.*' })
  })

  it('reports halted for a key that is refused', async () => {
    const { engine } = make({ frequencies: [perSecond()] }, { refusesKey: true })

    expect((await engine.start()).per_second).toMatchObject({
      word: 'halted',
      reason: 'the vendor refused the key or the plan: authentication failed',
    })
  })

  it('resolves after startTimeoutMs with what is not live by then, which goes on trying', async () => {
    let isDown = true
    const { engine } = make({ frequencies: [perSecond()], startTimeoutMs: 10 }, { isDown: () => isDown })

    expect((await engine.start()).per_second.word).toBe('connecting')
    isDown = false
    await firstValueFrom(engine.frequency('per_second').state$.pipe(filter(({ word }) => word === 'live')))
  })

  it('is idempotent, and leaves what was stopped before stopped', async () => {
    const { engine } = make({ frequencies: [perSecond(), perMinute()] })
    engine.frequency('per_second').stop()

    const verdicts = await engine.start()

    expect(await engine.start()).toBe(verdicts)
    expect([verdicts.per_second.word, verdicts.per_minute.word]).toEqual(['stopped', 'live'])
  })

  it('rejects with what its provider rejects with, and closes all the same', async () => {
    const closed: string[] = []
    const provider: Provider = {
      ...scriptedVendor().provider,
      start: () => Promise.reject(new RangeError('no such seed')),
      close: () => Promise.resolve(void closed.push('provider')),
    }
    const { engine } = make({ frequencies: [perSecond()], provider })

    await expect(engine.start()).rejects.toThrow('no such seed')
    await engine.close()
    expect(closed).toEqual(['provider'])
  })

  it('does not leave open what a provider opens after the close', async () => {
    const said: string[] = []
    const provider: Provider = {
      ...scriptedVendor().provider,
      start: async () => {
        await wait(5)
        said.push('open')
      },
      close: () => Promise.resolve(void said.push('closed')),
    }
    const { engine } = make({ frequencies: [perSecond()], provider })
    const starting = engine.start()

    await Promise.all([expect(starting).rejects.toThrow('the engine was closed while it started'), engine.close()])

    expect(said).toEqual(['open', 'closed'])
  })
})

describe('close', () => {
  it('drains: what has come is decoded, flushed, and read by loops', async () => {
    const pairs = perSecond().pipe(
      bufferCount(2),
      concatMap((events) => events),
    )
    const { engine, vendor } = make({ frequencies: [pairs] })
    await engine.start()
    const seen: number[] = []
    const done = engine
      .frequency('per_second')
      .lane('T')
      .reader('one')
      .each(async (batch) => {
        await wait(2)
        for (const { price } of batch) seen.push(price)
      })
    vendor.send([trade({ price: 1 }), trade({ price: 2 }), trade({ price: 3 })])

    await engine.close()
    await done

    // The third was held by bufferCount until the close.
    expect(seen).toEqual([1, 2, 3])
    expect(vendor.connections()).toEqual([])
    expect(engine.ledger().rows.find(({ kind }) => kind === 'reader')!.figures).toMatchObject({
      offered: 3,
      committed: 3,
      abandoned: 0,
    })
    engine.ledger().assertBalanced()
  })

  it('counts as abandoned what is not committed in time', async () => {
    const { engine, vendor } = make({ frequencies: [perSecond()] })
    await engine.start()
    const reader = engine.frequency('per_second').lane('T').reader('one')
    vendor.send([trade(), trade(), trade()])
    await turn()
    reader.pull({ max: 2 })

    const startMs = performance.now()
    await engine.close({ drainMs: 30 })

    expect(performance.now() - startMs).toBeGreaterThanOrEqual(25)
    expect(engine.ledger().rows.find(({ kind }) => kind === 'reader')!.figures).toMatchObject({
      offered: 3,
      committed: 0,
      abandoned: 3,
    })
    engine.ledger().assertBalanced()
  })

  it('counts as abandoned what is still in an inbox when there is no time', async () => {
    const { engine, vendor } = make({ frequencies: [perSecond()] })
    await engine.start()
    for (let i = 0; i < 5; i += 1) vendor.send([trade()])

    await engine.close({ drainMs: 0 })

    expect(engine.ledger().rows.find(({ kind }) => kind === 'link')!.figures).toMatchObject({
      abandoned: 5,
      inInbox: 0,
    })
    engine.ledger().assertBalanced()
  })

  it('is idempotent, completes what is observable, and replays the last state', async () => {
    const { engine } = make({ frequencies: [perSecond()] })
    await engine.start()
    const ended: string[] = []
    const { event$, state$, gap$, deadLetter$, reject$, source$, batch$ } = engine.frequency('per_second')
    const all$: Record<string, Observable<unknown>> = {
      event$,
      state$,
      gap$,
      deadLetter$,
      reject$,
      source$,
      batch$,
      lane$: engine.lane$,
      states$: engine.state$,
      rejects$: engine.reject$,
    }
    for (const [name, one$] of Object.entries(all$)) one$.subscribe({ complete: () => ended.push(name) })

    const closing = engine.close()
    expect(engine.close({ drainMs: 1 })).toBe(closing)
    await closing
    await engine[Symbol.asyncDispose]()

    expect(ended.sort()).toEqual([
      'batch$',
      'deadLetter$',
      'event$',
      'gap$',
      'lane$',
      'reject$',
      'rejects$',
      'source$',
      'state$',
      'states$',
    ])
    expect((await firstValueFrom(state$)).word).toBe('stopped')
    expect(engine.health()).toMatchObject({ isClosed: true, balanced: true })
  })

  it('leaves no timer, immediate or socket behind', async () => {
    const before = timers()
    const { engine, vendor } = make({
      frequencies: [perSecond().pipe(delay(5)), perMinute(), fairMarketValue()],
      links: 'dedicated',
    })
    await engine.start()
    const subscription = engine.frequency('per_minute').lane('AM').batches({ everyMs: 5 }).subscribe()
    const loop = engine
      .frequency('per_minute')
      .lane('AM')
      .reader('loop')
      .each(() => Promise.reject(new Error('no')), { retryInitialMs: 1_000 })
    vendor.send([trade()])
    vendor.lose('FMV')
    await wait(2)

    await engine.close({ drainMs: 10 })
    await loop
    await until(() => timers() <= before)

    expect(subscription.closed).toBe(true)
    expect(timers()).toBeLessThanOrEqual(before)
  })

  it('comes with the abort of its signal, and lets go of a signal that lives on', async () => {
    const abort = new AbortController()
    const { engine } = make({ frequencies: [perSecond()], signal: abort.signal })
    const listeners: string[] = []
    const other = new AbortController()
    other.signal.removeEventListener = (type: string) => void listeners.push(type)
    const { engine: second } = make({ frequencies: [perSecond()], signal: other.signal })
    await engine.start()

    abort.abort()
    await engine.close()
    await second.close()

    expect(engine.health().isClosed).toBe(true)
    expect(listeners).toEqual(['abort'])
    expect(make({ frequencies: [perSecond()], signal: AbortSignal.abort() }).engine.health().isClosed).toBe(true)
  })

  it('flushes and closes its parts, and a part that fails keeps nobody from closing', async () => {
    const { all, logger } = lines()
    const { engine } = make({ frequencies: [perSecond()], logger })
    const said: string[] = []
    const part = (name: string): Part => ({
      name,
      health: () => ({ name }),
      flush: async () => void said.push(`${name} flush`),
      close: async () => void said.push(`${name} close`),
    })
    engine.attach({ ...part('bad'), flush: () => Promise.reject(new Error('full')) })
    const seat = engine.attach(part('good'))
    expect(engine.attach(part('good')).name).toBe('good#2')
    engine.attach(part('gone')).leave()
    const close = seat.row('client', 'one', () => ({
      offered: 2,
      sent: 1,
      queued: 1,
      conflated: 0,
      dropped: 0,
      abandoned: 0,
    }))

    expect(engine.health().parts).toEqual({ bad: { name: 'bad' }, good: { name: 'good' }, 'good#2': { name: 'good' } })
    expect(engine.ledger().rows.filter(({ kind }) => kind === 'client')).toHaveLength(1)
    await engine.close()
    close()

    expect(said).toEqual(['good flush', 'good flush', 'bad close', 'good close', 'good close'])
    expect(all.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
      'bad failed while the engine closed',
    ])
  })

  it('does not wait longer than drainMs for a part that hangs', async () => {
    const { engine } = make({ frequencies: [perSecond()] })
    engine.attach({ name: 'hangs', health: () => ({}), flush: () => new Promise(() => undefined) })

    await engine.close({ drainMs: 10 })

    expect(engine.health().isClosed).toBe(true)
  })
})

describe('the key', () => {
  it('never shows: not in lines, states, rejects, errors, health, the ledger, or what is inspected', async () => {
    const { all, logger } = lines()
    const vendor = scriptedVendor({ refuses: ['FMV'] })
    const provider: Provider = {
      ...vendor.provider,
      endpoint: ({ url = 'ws://vendor/stocks' }) => ({ url, key: secret(keyText), account: 'a' }),
    }
    const { engine } = make({
      frequencies: [
        perSecond().pipe(
          tap(({ price }) => {
            if (price === 7) throw new Error('seven')
          }),
        ),
        fairMarketValue(),
      ],
      logger,
      provider,
    })
    const heard: unknown[] = []
    engine.state$.subscribe((state) => heard.push(state))
    engine.reject$.subscribe((reject) => heard.push(reject))
    engine.frequencies.forEach(({ gap$, deadLetter$ }) => {
      gap$.subscribe((gap) => heard.push(gap))
      deadLetter$.subscribe((letter) => heard.push(letter))
    })
    heard.push(await engine.start())
    vendor.send([trade({ price: 7 })])
    // A vendor that repeats the key in whatever it says.
    vendor.sendText(
      `[{"ev":"status","status":"error","message":"${keyText}"},{"ev":"T","sym":"${keyText}","p":"${keyText}"},${keyText},{"ev":"${keyText}","${keyText}":1},{"ev":"status","status":7,"message":"${keyText}"}]`,
    )
    vendor.sendText(`[{"ev":"status","status":"force_disconnect","message":"bye ${keyText}"}]`)
    await until(() => engine.health().links[0]!.rejected === 4)
    vendor.lose('T')
    await until(() => engine.health().frequencies[0]!.gaps === 1)
    heard.push(engine.health(), engine.ledger(), engine, all)

    expect(heard.length).toBeGreaterThan(10)
    expect(all.length).toBeGreaterThan(5)
    const shown = [
      inspect(heard, { depth: 20, showHidden: true }),
      JSON.stringify([
        engine.health(),
        engine.ledger(),
        all.map(({ fields, message }) => [inspect(fields, { depth: 20 }), message]),
      ]),
    ]
    // The place, not the whole text: it is long.
    expect(
      shown.map((text) => text.indexOf(keyText)).map((at, i) => (at === -1 ? '' : shown[i]!.slice(at - 200, at + 50))),
    ).toEqual(['', ''])
  })

  it('never shows in what a wrong configuration is told', () => {
    for (const wrong of [
      () => polygon({ apiKey: keyText, businessApiKey: ' ' }),
      () =>
        make({ frequencies: [perSecond({ key: keyText, url: 'nonsense' })], provider: polygon({ apiKey: keyText }) }),
    ]) {
      expect(wrong).toThrow(RangeError)
      expect(wrong).not.toThrow(keyText)
    }
  })
})

describe('the logger', () => {
  it('gets one line per change of state, with a child per frequency and link', async () => {
    const { all, logger } = lines()
    const { engine, vendor } = make(
      // Without a line about the engine as a whole: that comes with a look, and how many of these there are is the machine's affair.
      { frequencies: [perSecond()], logger, healthEveryMs: 600_000, link: { ...quick, ackLimitMs: 20 } },
      { refuses: ['T.GME'] },
    )
    await engine.start()
    vendor.send([trade()])
    vendor.lose('T')
    await firstValueFrom(engine.frequency('per_second').gap$.pipe(filter(({ toMs }) => toMs !== undefined)))
    await until(() => engine.health().frequencies[0]!.state.word === 'live')
    await engine.close()

    const cause = 'the connection closed with # (no close frame)'
    expect(
      all
        .filter(({ level }) => level !== 'debug')
        .map(({ level, message }) => `${level} ${message.replace(/link \S+/, 'link').replaceAll(/[\d:.]*\d/g, '#')}`),
    ).toEqual([
      'info per_second is connecting',
      'info link is live',
      'info per_second is live',
      'warn per_second is recovering: its channels are asked for',
      `warn link is waiting: ${cause}; try # follows in # ms`,
      `warn per_second may miss events from # UTC on: ${cause}`,
      'info link is live',
      'info per_second has its channels again after a gap of # ms; what it missed is not asked for: no onGap',
      'info per_second is live',
      'info closing',
      'info link is closed',
      'info per_second is stopped: its link closed',
      'info closed',
    ])
    expect(all.find(({ message }) => message === 'per_second is live')!.fields).toMatchObject({
      frequency: 'per_second',
      word: 'live',
    })
  })

  it('gets no line per dead letter: one for each reason, and how often it came since', async () => {
    const { all, logger } = lines()
    const { engine, vendor } = make({
      frequencies: [
        perSecond().pipe(
          map(() => {
            throw new Error('no')
          }),
        ),
      ],
      logger,
    })
    await engine.start()
    for (let i = 0; i < 50; i += 1) vendor.send([trade()])
    await until(() => engine.health().frequencies[0]!.deadLetters === 50)

    const said = (): readonly string[] =>
      all.filter(({ message }) => message.includes('a dead letter')).map(({ message }) => message)
    const [threw, quarantined] = ['its operators threw', 'its operators are quarantined'].map(
      (why) => `per_second has a dead letter: ${why}`,
    )
    expect(said()).toEqual([threw, quarantined])
    expect(engine.frequency('per_second').deadLetters).toHaveLength(50)
    await engine.close()
    const more = said()
      .slice(2)
      .map((message) => Number(/\((\d+) more times\)$/.exec(message)?.[1]))
    expect(more.reduce((sum, count) => sum + count, 2)).toBe(50)
    expect(engine.health().frequencies[0]!.deadLetters).toBe(50)
  })
})

describe('frequencies', () => {
  it("carry event types of a host's own", async () => {
    const halt = defineCodec({
      ev: 'HALT',
      fields: {
        symbol: required('sym', ticker),
        price: required('p', number({ over: 0 })),
        atMs: required('t', timeMs),
      },
      at: 'atMs',
    })
    const halts = defineFrequency({ name: 'halts', codecs: [halt], quietMs: 60_000 })
    const { engine, vendor } = make({ frequencies: [halts({ tickers: ['AAPL'] }), perSecond()] })
    await engine.start()
    const first = firstValueFrom(engine.frequency('halts').event$)

    vendor.sendText(
      '[{"ev":"HALT","sym":"AAPL","p":5,"t":1700000000000},{"ev":"HALT","sym":"GME","p":5,"t":1700000000000}]',
      'HALT',
    )

    expect(await first).toEqual({ ev: 'HALT', symbol: 'AAPL', price: 5, atMs: 1_700_000_000_000 })
    expect(engine.health().links[0]!.unwanted).toBe(1)
  })

  it('lose one element, not its frame nor their life, to a codec whose check throws', async () => {
    const rude = defineCodec({
      ev: 'RUDE',
      fields: { symbol: required('sym', ticker), atMs: required('t', timeMs) },
      at: 'atMs',
      checks: [
        {
          name: 'rude',
          fields: ['atMs'],
          expected: 'manners',
          holds: ({ atMs }: { readonly atMs: number }) => {
            if (atMs === 1_700_000_000_001) throw new Error('rude')
            return true
          },
        },
      ],
    })
    const { engine, vendor } = make({
      frequencies: [defineFrequency({ name: 'rude', codecs: [rude], quietMs: 1_000 })()],
    })
    await engine.start()
    const seen: number[] = []
    engine.frequency('rude').event$.subscribe(({ atMs }) => seen.push(atMs))

    vendor.sendText('[{"ev":"RUDE","sym":"AAPL","t":1700000000001},{"ev":"RUDE","sym":"AAPL","t":1700000000002}]')
    await until(() => seen.length > 0)

    expect(seen).toEqual([1_700_000_000_002])
    expect(engine.health().links[0]).toMatchObject({ rejected: 1, broken: 0 })
    engine.ledger().assertBalanced()
  })

  it('of two providers at one address have links of different names', () => {
    const other = scriptedVendor().provider
    const { engine } = make({ frequencies: [perSecond(), perMinute({ provider: other })] })

    expect(engine.health().links.map(({ id }) => id)).toEqual(['vendor/stocks', 'vendor/stocks#2'])
  })

  it('tell each lane that is made later', async () => {
    const { engine, vendor } = make({
      frequencies: [perSecond().pipe(map(({ symbol, price }) => ({ ev: 'MINE' as const, symbol, price })))],
    })
    await engine.start()
    const names: string[] = []
    engine.lane$.subscribe(({ frequency, eventType }) => names.push(`${frequency}/${eventType}`))
    vendor.send([trade()])
    await turn()

    expect(names).toEqual(['per_second/MINE'])
    expect(engine.frequency('per_second').lane('MINE').reader('one').pull().at(0)).toEqual({
      ev: 'MINE',
      symbol: 'AAPL',
      price: 100,
    })
  })

  it('come from the simulator over a real socket, end to end', async () => {
    const before = timers()
    const engine = createEngine({
      provider: simulated({ seed: 7 }),
      frequencies: [perSecond({ tickers: ['AAPL', 'MSFT'] })],
    })
    const verdicts = await engine.start()
    expect(verdicts.per_second.word).toBe('live')

    for await (const batch of engine.frequency('per_second').lane('T').reader('one')) {
      expect(['AAPL', 'MSFT']).toContain(batch.symbol(0))
      break
    }
    await engine.close({ drainMs: 100 })
    // The kernel takes its time with sockets.
    await until(() => timers() <= before)

    engine.ledger().assertBalanced()
    expect(timers()).toBeLessThanOrEqual(before)
  })
})

describe('health', () => {
  it('is a plain snapshot that later events do not change', async () => {
    const { engine, vendor } = make({ frequencies: [perSecond()] })
    await engine.start()
    vendor.send([trade()])
    await turn()
    engine.frequency('per_second').lane('T').reader('one')
    const health = engine.health()
    const text = JSON.stringify(health)

    vendor.send([trade(), trade()])
    await turn()

    expect(JSON.stringify(health)).toBe(text)
    expect(structuredClone(health)).toEqual(health)
    expect(health.frequencies[0]).toMatchObject({
      name: 'per_second',
      priority: 1,
      offered: 1,
      passed: 1,
      emitted: 1,
      lanes: [{ eventType: 'T', nextOffset: 1, readers: [{ name: 'one', waiting: 1, lag: 1 }] }],
    })
    expect(health).toMatchObject({
      isClosed: false,
      balanced: true,
      links: [{ id: 'vendor/stocks', frequencies: ['per_second'], state: { kind: 'live' } }],
    })
  })
})
