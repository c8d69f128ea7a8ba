import { fc, test } from '@fast-check/jest'

import { builtInCodecs } from '../../streams/codecs/builtIn.ts'
import { decodeFrame } from '../../streams/codecs/decodeFrame.ts'
import { defineCodec } from '../../streams/codecs/defineCodec.ts'
import { EncodeError } from '../../streams/codecs/encodeError.ts'
import { createEncoder, encodeEvent } from '../../streams/codecs/encodeEvent.ts'
import { number, required, ticker, timeMs } from '../../streams/codecs/field.ts'
import { trade } from '../../streams/codecs/trade.ts'
import type { EventLike, FairMarketValue, MinuteBar, Trade } from '../../streams/model.ts'
import { marketEvents, withoutAnnotations } from './arbitraries.ts'
import { eventsOf } from './frames.ts'

const textOf = (event: object): string => encodeEvent(event as EventLike).toString()

const errorOf = (event: object): EncodeError => {
  try {
    encodeEvent(event as EventLike)
  } catch (error) {
    if (error instanceof EncodeError) return error
    throw error
  }
  throw new Error('encoded')
}

const least: Trade = { ev: 'T', symbol: 'AAPL', price: 1.5, size: 100, conditions: [], atMs: 1 }
const value: FairMarketValue = { ev: 'FMV', symbol: 'A', price: 1, atNs: '1678220098130000123', atMs: 1678220098130 }
const bar: MinuteBar = {
  ev: 'AM',
  symbol: 'A',
  open: 1,
  high: 2,
  low: 1,
  close: 2,
  volume: 5,
  startMs: 0,
  endMs: 60_000,
  otc: false,
  revision: 2,
  late: true,
  backfilled: true,
}

describe('encodeEvent', () => {
  it.each([
    [least, '{"ev":"T","sym":"AAPL","p":1.5,"s":100,"t":1}'],
    [{ ...least, conditions: [12], backfilled: true }, '{"ev":"T","sym":"AAPL","p":1.5,"s":100,"c":[12],"t":1}'],
    [{ atMs: 1, size: 100, price: 1.5, symbol: 'AAPL', ev: 'T' }, '{"ev":"T","sym":"AAPL","p":1.5,"s":100,"t":1}'],
    [{ ...least, tape: undefined, id: null }, '{"ev":"T","sym":"AAPL","p":1.5,"s":100,"t":1}'],
    [bar, '{"ev":"AM","sym":"A","o":1,"h":2,"l":1,"c":2,"v":5,"s":0,"e":60000}'],
    [{ ...bar, otc: true }, '{"ev":"AM","sym":"A","o":1,"h":2,"l":1,"c":2,"v":5,"s":0,"e":60000,"otc":true}'],
    [value, '{"ev":"FMV","sym":"A","fmv":1,"t":1678220098130000123}'],
    [{ ...value, atNs: '5000000', atMs: 5 }, '{"ev":"FMV","sym":"A","fmv":1,"t":5}'],
    [{ ...least, symbol: 'Ä"\ud800' }, '{"ev":"T","sym":"Ä\\"\\ud800","p":1.5,"s":100,"t":1}'],
  ])('writes %j in the keys of the wire', (event, text) => {
    expect(textOf(event)).toBe(text)
  })

  it.each([
    [
      { ...least, spread: 0.25, tags: ['a', { b: null, c: undefined }], exact: 12345678901234567890n, none: undefined },
      '{"ev":"T","sym":"AAPL","p":1.5,"s":100,"t":1,"spread":0.25,"tags":["a",{"b":null}],"exact":12345678901234567890}',
    ],
    [{ ...least, revision: 1 }, '{"ev":"T","sym":"AAPL","p":1.5,"s":100,"t":1,"revision":1}'],
    [{ ev: 'RSI', symbol: 'A', value: 70.5, n: 14 }, '{"ev":"RSI","sym":"A","value":70.5,"n":14}'],
    [
      { value: -0, symbol: 'A', ev: 'RSI', at: new Date(0), list: [undefined] },
      '{"ev":"RSI","sym":"A","value":0,"at":"1970-01-01T00:00:00.000Z","list":[null]}',
    ],
    [{ ev: 'RSI', symbol: 'A', late: true }, '{"ev":"RSI","sym":"A","late":true}'],
  ])('adds fields of its own: %#', (event, text) => {
    expect(textOf(event)).toBe(text)
  })

  const circle: Record<string, unknown> = { ev: 'RSI', symbol: 'A' }
  circle.inner = { list: [circle] }
  let deep: unknown = 0
  for (let i = 0; i < 100; i += 1) deep = [deep]

  it.each([
    [{ ...least, price: NaN }, 'price', 'is not a number above 0: received NaN'],
    [{ ...least, price: Infinity }, 'price', 'is not a number above 0: received Infinity'],
    [{ ...least, price: undefined }, 'price', 'is missing: expected a number above 0'],
    [{ ...least, price: '1.5' }, 'price', 'is not a number above 0: received "1.5"'],
    [{ ...least, conditions: {} }, 'conditions', 'is not a list of whole numbers: received a value of type object'],
    [{ ...least, symbol: undefined }, 'symbol', 'is missing: expected a text that is not empty'],
    [{ ...least, p: 1 }, 'p', 'is a key of the wire with a meaning of its own'],
    [{ ...least, sym: 'A' }, 'sym', 'is a key of the wire with a meaning of its own'],
    [{ ...least, more: { deep: [1, NaN] } }, 'more.deep[1]', 'is NaN, which JSON cannot say'],
    [{ ...least, f: () => 1 }, 'f', 'is a function, which JSON cannot say'],
    [{ ...least, f: Symbol('s') }, 'f', 'is a symbol, which JSON cannot say'],
    [
      { ...bar, endMs: undefined },
      'endMs',
      'is missing: expected Unix milliseconds, a whole number from 0 to below 1e14',
    ],
    [{ ...bar, low: 3 }, 'low', 'is wrong: expected a low not above the high'],
    [{ ...value, atMs: 1 }, 'atMs', "disagrees with the other field of the wire's t"],
    [
      { ...value, atNs: '1', atMs: 0 },
      'atNs',
      'is not a Unix time in nanoseconds, microseconds or milliseconds, whole and from 0: received "1"',
    ],
    [{ ev: 'RSI' }, 'symbol', 'is missing: expected a text that is not empty'],
    [{ ev: 'RSI', symbol: 'A', sym: 'B' }, 'sym', 'is a key of the wire with a meaning of its own'],
    [{ ev: 'RSI', symbol: 'A', value: NaN }, 'value', 'is NaN, which JSON cannot say'],
    [circle, 'inner.list[0]', 'is circular'],
    [{ ev: 'RSI', symbol: 'A', deep }, `deep${'[0]'.repeat(63)}`, 'is nested deeper than 64 levels'],
  ])('refuses case %#', (event, field, reason) => {
    const error = errorOf(event)

    expect(error).toMatchObject({ _tag: 'EncodeError', name: 'EncodeError', eventType: event.ev, field, reason })
    expect(error.message).toBe(`Cannot encode an event of type "${String(event.ev)}": ${field} ${reason}.`)
  })

  it('writes into memory of its own', () => {
    const bytes = encodeEvent(least)

    expect(bytes.buffer.byteLength).toBe(bytes.length)
  })

  test.prop([marketEvents])('comes back as it was, but for annotations', (event) => {
    const decoded = decodeFrame(Buffer.from(`[${textOf(event)}]`))

    expect(decoded.rejects).toStrictEqual([])
    expect(eventsOf(decoded)).toStrictEqual([withoutAnnotations(event)])
  })

  test.prop([fc.array(marketEvents)])('comes back from among others', (events) => {
    const decoded = decodeFrame(Buffer.from(`[${events.map(textOf).join(' , ')}]`))

    expect(decoded.elements).toBe(events.length)
    for (const batch of decoded.batches) {
      const sent = events.filter(({ ev }) => ev === batch.eventType)
      expect([...batch]).toStrictEqual(sent.map(withoutAnnotations))
      expect(sent.map((_, i) => Buffer.from(batch.wire(i)).toString())).toStrictEqual(sent.map(textOf))
    }
  })

  it('takes event types as data', () => {
    const own = defineCodec({
      ev: 'LV',
      at: 'atMs',
      fields: {
        symbol: required('sym', ticker),
        value: required('val', number({ over: 0 })),
        atMs: required('t', timeMs),
      },
    })
    const event = { ev: 'LV', symbol: 'A', value: 2, atMs: 3 }

    expect(createEncoder([...builtInCodecs, own])(event).toString()).toBe('{"ev":"LV","sym":"A","val":2,"t":3}')
  })
})

describe('the io-ts type of a codec', () => {
  it('decodes, recognises and encodes', () => {
    const wire = { ev: 'T', sym: 'AAPL', p: 1.5, s: 100, t: 1 }
    const decoded = trade.type.decode(wire)

    expect(decoded).toStrictEqual({ _tag: 'Right', right: least })
    expect(trade.type.is(least)).toBe(true)
    expect(trade.type.is(wire)).toBe(false)
    expect(trade.type.is({ ...least, ev: 'Q' })).toBe(false)
    expect(trade.type.is({ ...least, exchange: 'x' })).toBe(false)
    expect(trade.type.encode(least)).toStrictEqual(wire)
  })

  it.each([[null], [[]], ['T'], [{ ev: 'Q', sym: 'A', p: 1, s: 1, t: 1 }]])('refuses %j', (input) => {
    expect(trade.type.decode(input)).toMatchObject({ _tag: 'Left' })
  })
})
