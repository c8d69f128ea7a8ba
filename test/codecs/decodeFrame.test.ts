import { fc, test } from '@fast-check/jest'

import { builtInCodecs } from '../../streams/codecs/builtIn.ts'
import { createDecoder, decodeFrame } from '../../streams/codecs/decodeFrame.ts'
import { defineCodec } from '../../streams/codecs/defineCodec.ts'
import { unknownFieldsMax } from '../../streams/codecs/drift.ts'
import { encodeEvent } from '../../streams/codecs/encodeEvent.ts'
import { instantMs, instantNs, integerList, number, required, ticker } from '../../streams/codecs/field.ts'
import { rawCharsMax, sentence } from '../../streams/codecs/reject.ts'
import { marketEvents, statuses } from './arbitraries.ts'
import { bytesOf, countOf, decodeText, eventsOf, rejectOfText, sentenceOf } from './frames.ts'

const trade = (price: number): string => `{"ev":"T","sym":"AAPL","p":${price},"s":1,"t":1}`
const minute = '{"ev":"AM","sym":"AAPL","v":1,"o":1,"c":1,"h":1,"l":1,"s":0}'
const status = '{"ev":"status","status":"success"}'

/** Frames one behind the other in one block, something between them. */
const inOneBlock = (texts: readonly string[], between = '\u0081~.'): readonly Buffer[] => {
  const block = Buffer.allocUnsafeSlow(texts.reduce((sum, text) => sum + Buffer.byteLength(text + between), 0))
  let at = 0
  return texts.map((text) => {
    at += block.write(between, at)
    const from = at
    at += block.write(text, at)
    return block.subarray(from, at)
  })
}

describe('frames that are decoded in one go', () => {
  const texts = [
    `[${trade(1)}]`,
    `[${minute},${trade(2)}]`,
    ` [${trade(3)} ] `,
    trade(4),
    '[]',
    `[{"ev":"T"},${minute}]`,
  ]

  it.each(['\u0081~.', ' ', ','])('are the same events as one by one, %j between them', (between) => {
    const frames = inOneBlock(texts, between)
    const alone = frames.map(decodeFrame)
    const together = decodeFrame.run!(frames)!

    expect(together.batches.map(({ eventType, length }) => [eventType, length])).toStrictEqual([
      ['T', 4],
      ['AM', 2],
    ])
    expect(eventsOf(together)).toStrictEqual(
      ['T', 'AM'].flatMap((ev) => alone.flatMap(eventsOf).filter((event) => event.ev === ev)),
    )
    expect(together.rejects).toStrictEqual(alone.flatMap(({ rejects }) => rejects))
    expect(together.unscanned).toStrictEqual(alone.flatMap(({ unscanned }) => unscanned ?? []))
    expect(together.elements).toBe(7)
    expect(together.brokenFrames).toBe(0)
    expect(Buffer.from(together.batches[0]!.wire(2)).toString()).toBe(trade(3))
  })

  it('may be broken, each for itself', () => {
    const broken = inOneBlock([`[${trade(1)}`, `[${trade(2)}]`, `[${trade(3)}]]`, ''])
    const together = decodeFrame.run!(broken)!

    expect(together.batches[0]).toHaveLength(2)
    expect(together.brokenFrames).toBe(3)
    expect(together.rejects).toStrictEqual(broken.flatMap((bytes) => decodeFrame(bytes).rejects))
  })

  // Where one breaks off, the memory goes on: with the header of the next one, or with what was there before.
  it.each([']', ',', '}]', '"t":1}]', '1}', '{"ev":"T"}]'])(
    'end where they end, whatever stands behind: %j',
    (behind) => {
      const whole = `[${trade(1)},${trade(2)}]`
      const cuts = [whole.length - 1, whole.length - 2, whole.length - 8, whole.indexOf(',{') + 1]
      const texts = [...cuts.map((cut) => whole.slice(0, cut)), trade(3).slice(0, -1), `[${trade(4)}`]
      for (const text of texts) {
        const frames = inOneBlock([`[${trade(5)}]`, text, behind], '')
        const together = decodeFrame.run!(frames.slice(0, 2))!
        const alone = frames.slice(0, 2).map(decodeFrame)

        expect(eventsOf(together)).toStrictEqual(alone.flatMap(eventsOf))
        expect(together.rejects).toStrictEqual(alone.flatMap(({ rejects }) => rejects))
        expect(together.brokenFrames).toBe(1)
      }
    },
  )

  it('are left to be decoded one by one with a status among them, or in several blocks', () => {
    expect(decodeFrame.run!(inOneBlock([`[${trade(1)}]`, `[${trade(2)},${status}]`]))).toBeUndefined()
    expect(decodeFrame.run!([...inOneBlock([`[${trade(1)}]`]), ...inOneBlock([`[${trade(2)}]`])])).toBeUndefined()
    expect(decodeFrame.run!([])).toBeUndefined()
    expect(eventsOf(decodeText(`[${trade(3)}]`))).toHaveLength(1)
  })
})

describe('decodeFrame', () => {
  it('has nothing of an empty list', () => {
    expect(decodeText('[]')).toStrictEqual({
      batches: [],
      statuses: [],
      rejects: [],
      drifts: [],
      elements: 0,
      broken: false,
    })
  })

  it('parts a frame by event type in order of first appearance', () => {
    const text = `[${[trade(1), minute, status, trade(2), '{"ev":"FMV","fmv":1,"sym":"A","t":1}', minute].join()}]`
    const decoded = decodeText(text)

    expect(decoded.batches.map(({ eventType, length }) => [eventType, length])).toStrictEqual([
      ['T', 2],
      ['AM', 2],
      ['FMV', 1],
    ])
    expect(decoded.batches[0]!.number(1, 'price')).toBe(2)
    expect(decoded.elements).toBe(6)
  })

  it('takes an object alone, white space and a byte order mark', () => {
    expect(decodeText(trade(1)).elements).toBe(1)
    expect(eventsOf(decodeText(`\ufeff\n ${trade(1)} \r\n`))).toStrictEqual(eventsOf(decodeText(`[${trade(1)}]`)))
  })

  it('takes any view of bytes', () => {
    const bytes = bytesOf(`junk[${trade(1)}]junk`)

    expect(decodeFrame(new Uint8Array(bytes.buffer, bytes.byteOffset + 4, bytes.length - 8)).batches[0]!.length).toBe(1)
  })

  it('delivers twice what comes twice', () => {
    const { batches } = decodeText(`[${trade(1)},${trade(1)}]`)

    expect(batches[0]!.at(0)).toStrictEqual(batches[0]!.at(1))
    expect(batches[0]!.at(0)).not.toBe(batches[0]!.at(1))
  })

  it('takes 20,000 elements', () => {
    const count = 20_000
    const { batches, elements } = decodeText(`[${Array.from({ length: count }, (_, i) => trade(i + 1)).join()}]`)

    expect(elements).toBe(count)
    expect(batches[0]!.length).toBe(count)
    expect(batches[0]!.number(count - 1, 'price')).toBe(count)
  })

  it('keeps each element byte for byte', () => {
    const elements = [
      '{ "p" : 2.159721E+2,"ev":"T",\n"sym":"\\u0041APL","s":1.0,"t":1721683216349.0, "new":{"x":[1,"]"]} }',
      '{"ev":"T","sym":"Ä€😀","p":0.10,"s":01e0,"t":1}'.replace('01e0', '1e0'),
      '{"q":9007199254740991,"p":1,"s":1,"sym":"A","t":1,"ev":"T","huge":1678220098130000123}',
    ]
    const { batches, rejects } = decodeText(`[ ${elements.join(' ,\t')}\n]`)

    expect(rejects).toStrictEqual([])
    expect(elements.map((_, i) => Buffer.from(batches[0]!.wire(i)).toString())).toStrictEqual(elements)
  })

  it.each([
    [
      '{"ev":"T",}',
      'malformed',
      'An element was rejected: (element): expected well-formed JSON, received {"ev":"T",}.',
    ],
    ['', 'malformed', 'An element was rejected: (element): expected well-formed JSON, received nothing.'],
    ["{'ev':1}", 'malformed', "An element was rejected: (element): expected well-formed JSON, received {'ev':1}."],
    ['NaN', 'malformed', 'An element was rejected: (element): expected well-formed JSON, received NaN.'],
    ['7', 'notAnObject', 'An element was rejected: (element): expected an object, received 7.'],
    ['null', 'notAnObject', 'An element was rejected: (element): expected an object, received null.'],
    [`[${minute}]`, 'notAnObject', `An element was rejected: (element): expected an object, received [${minute}].`],
    ['"T"', 'notAnObject', 'An element was rejected: (element): expected an object, received "T".'],
    [
      '{"ev":"LULD"}',
      'unknownEvent',
      'An element of type "LULD" was rejected: ev: expected one of T, Q, A, AM, FMV, status, received "LULD".',
    ],
    [
      '{"ev":"__proto__"}',
      'unknownEvent',
      'An element of type "__proto__" was rejected: ev: expected one of T, Q, A, AM, FMV, status, received "__proto__".',
    ],
    ['{}', 'invalid', 'An element was rejected: ev: expected a text that is not empty, received nothing.'],
    ['{"ev":7}', 'invalid', 'An element was rejected: ev: expected a text that is not empty, received 7.'],
    ['{"ev":""}', 'invalid', 'An element was rejected: ev: expected a text that is not empty, received "".'],
    ['{"ev":["T"]}', 'invalid', 'An element was rejected: ev: expected a text that is not empty, received ["T"].'],
    ['{"a":1}x\n', 'malformed', 'An element was rejected: (element): expected well-formed JSON, received {"a":1}x.'],
  ])('rejects %s among good ones, at its own cost', (bad, kind, why) => {
    const decoded = decodeText(`[${trade(1)},${bad},${trade(2)}]`)

    expect(decoded.batches.map(({ length }) => length)).toStrictEqual([2])
    expect(decoded.rejects.map((reject) => reject.kind)).toStrictEqual([kind])
    expect(decoded.rejects.map(sentence)).toStrictEqual([why])
    expect(decoded.rejects[0]!.raw).toBe(bad.trim())
    expect(decoded.elements).toBe(3)
    expect(decoded.broken).toBe(false)
  })

  it.each([
    [`[${trade(1)},{"ev":"T"`, '{"ev":"T"', 'the end of the frame inside an element'],
    [`[${trade(1)}] tail`, 'tail', 'text after the end'],
    [`[${trade(1)},{"a":[}},${trade(2)}]`, `{"a":[}},${trade(2)}]`, 'a bracket that closes nothing at byte 49'],
  ])('delivers what stands before the break of %s', (text, raw, why) => {
    const decoded = decodeText(text)

    expect(decoded.batches.map(({ length }) => length)).toStrictEqual([1])
    expect(decoded.broken).toBe(true)
    expect(decoded.elements).toBe(2)
    expect(decoded.rejects).toStrictEqual([
      {
        kind: 'brokenFrame',
        raw,
        rawBytes: raw.length,
        reasons: [{ field: '(frame)', expected: 'a list of elements that ends where the frame ends', received: why }],
      },
    ])
    expect(sentence(decoded.rejects[0]!)).toBe(
      `The rest of a frame was rejected: (frame): expected a list of elements that ends where the frame ends, received ${why}.`,
    )
  })

  it('loses what follows an open quote, nothing before it and nothing silently', () => {
    const decoded = decodeText(`[${trade(1)},",${trade(2)},${status}]`)

    expect(eventsOf(decoded)).toStrictEqual(eventsOf(decodeText(trade(1))))
    expect(decoded.broken).toBe(true)
    expect(countOf(decoded)).toBe(decoded.elements)
  })

  it.each(['', ' ', 'null', 'ping', '\u0000'])('makes one reject of %j', (text) => {
    const decoded = decodeText(text)

    expect(decoded.rejects.map(({ kind }) => kind)).toStrictEqual(['brokenFrame'])
    expect([decoded.elements, decoded.broken]).toStrictEqual([1, true])
  })

  it('bounds what a reject repeats', () => {
    const long = '€'.repeat(10_000)
    const reject = rejectOfText({ ev: long, sym: long })
    const wrong = rejectOfText({ ev: 'T', sym: long, p: long, s: 1, t: 1 })

    expect(reject.raw).toHaveLength(rawCharsMax)
    expect(reject.rawBytes).toBe(60_000 + JSON.stringify({ ev: '', sym: '' }).length)
    expect(reject.eventType).toHaveLength(64)
    expect(wrong.symbol).toHaveLength(64)
    expect(wrong.reasons[0]!.received).toHaveLength(64)
    expect(sentence(wrong).length).toBeLessThan(300)
  })

  it('keeps a sentence in one line', () => {
    expect(sentenceOf('{"ev":\n"T"\n,,"sym":"A"}')).toBe(
      'An element was rejected: (element): expected well-formed JSON, received {"ev": "T" ,,"sym":"A"}.',
    )
  })

  it('is not fooled by prototype keys', () => {
    const decoded = decodeText('[{"ev":"T","sym":"A","s":1,"t":1,"__proto__":{"p":5},"constructor":1}]')

    expect(decoded.rejects.map(({ reasons }) => reasons)).toStrictEqual([
      [{ field: 'p', expected: 'a number above 0', received: 'nothing' }],
    ])
    const sound = decodeText('[{"ev":"T","sym":"A","p":1,"s":1,"t":1,"__proto__":{"x":5},"toString":1}]')

    expect(sound.drifts.map(({ field }) => field)).toStrictEqual(['__proto__', 'toString'])
    expect(Object.keys(sound.batches[0]!.at(0))).toStrictEqual(['ev', 'symbol', 'price', 'size', 'conditions', 'atMs'])
    expect(Object.getPrototypeOf(sound.batches[0]!.at(0))).toBe(Object.prototype)
  })

  it('names a bounded number of unknown fields', () => {
    const fields = Array.from({ length: 100 }, (_, i) => `"new${i}":1`).join()
    const element = `${minute.slice(0, -1)},${fields}}`
    const { drifts } = decodeText(`[${element},${element}]`)

    expect(drifts).toHaveLength(unknownFieldsMax + 1)
    expect(drifts[0]).toStrictEqual({ eventType: 'AM', name: 'unknownField', field: 'new0', count: 2 })
    expect(drifts.at(-1)).toStrictEqual({ eventType: 'AM', name: 'unknownField', count: 2 * (100 - unknownFieldsMax) })
  })

  it('passes deep nesting by', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000)
    const decoded = decodeText(`[${deep},{"ev":"T","p":${deep}},${trade(1)}]`)

    expect(decoded.rejects).toHaveLength(2)
    expect(countOf(decoded)).toBe(decoded.elements)
  })

  test.prop([fc.uint8Array({ maxLength: 300 })])('throws for no bytes at all', (bytes) => {
    const decoded = decodeFrame(bytes)

    expect(countOf(decoded)).toBe(decoded.elements)
    decoded.rejects.forEach(sentence)
  })

  const frames = fc
    .array(
      fc.oneof(
        marketEvents.map((event) => encodeEvent(event).toString()),
        statuses.map((said) => JSON.stringify(said)),
      ),
      {
        minLength: 1,
        maxLength: 6,
      },
    )
    .map((elements) => bytesOf(`[${elements.join()}]`))
  const edits = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(...bytesOf('[]{}",:\\0')))), {
    maxLength: 4,
  })

  test.prop([frames, edits, fc.nat()])(
    'balances for frames with some bytes changed and the end cut',
    (frame, changes, cut) => {
      const bytes = Buffer.from(frame.subarray(0, cut % 4 === 0 ? cut % frame.length : frame.length))
      for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte
      const decoded = decodeFrame(bytes)

      expect(countOf(decoded)).toBe(decoded.elements)
      for (const batch of decoded.batches) {
        for (let i = 0; i < batch.length; i += 1) {
          expect(batch.at(i)).toMatchObject({ ev: batch.eventType, symbol: batch.symbol(i) })
          expect(JSON.parse(Buffer.from(batch.wire(i)).toString())).toMatchObject({ ev: batch.eventType })
        }
      }
      decoded.rejects.forEach(sentence)
    },
  )

  const bad = fc.oneof(
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.constantFrom('', '{', '{]', '"[{"', 'x', '{"ev":"T"}', '{"ev":"NOI"}', '{"ev":"AM","sym":"A"'),
  )

  test.prop([fc.array(marketEvents, { minLength: 1, maxLength: 5 }), fc.nat(5), bad])(
    'keeps the good beside the bad',
    (events, at, wrong) => {
      const elements = events.map((event) => encodeEvent(event).toString())
      const before = elements.slice(0, at)
      const decoded = decodeText(`[${[...before, wrong, ...elements.slice(at)].join()}]`)
      const alone = decodeText(`[${(decoded.broken ? before : elements).join()}]`)

      expect(decoded.rejects).toHaveLength(1)
      expect(eventsOf(decoded)).toStrictEqual(eventsOf(alone))
      expect(countOf(decoded)).toBe(decoded.elements)
    },
  )
})

describe('createDecoder', () => {
  // What a later issue adds: a table, nothing else.
  const limits = defineCodec({
    ev: 'LULD',
    at: 'atMs',
    fields: {
      symbol: required('T', ticker),
      high: required('h', number({ over: 0 })),
      indicators: required('i', integerList),
      atNs: required('t', instantNs),
      atMs: required('t', instantMs),
    },
  })

  it('takes event types as data', () => {
    const decode = createDecoder([...builtInCodecs, limits])
    const { batches } = decode(
      bytesOf(`[{"ev":"LULD","T":"AAPL","h":3.5,"i":[21],"t":1678220098130000123},${trade(1)}]`),
    )

    expect(batches.map((batch) => [...batch])[0]).toStrictEqual([
      {
        ev: 'LULD',
        symbol: 'AAPL',
        high: 3.5,
        indicators: [21],
        atNs: '1678220098130000123',
        atMs: 1678220098130,
      },
    ])
  })

  it('knows only what it was given, and status', () => {
    const decoded = createDecoder([limits])(bytesOf(`[${trade(1)},${status}]`))

    expect(decoded.rejects.map(sentence)).toStrictEqual([
      'An element of type "T" was rejected: ev: expected one of LULD, status, received "T".',
    ])
    expect(decoded.statuses).toHaveLength(1)
  })

  it('refuses tables that cannot work', () => {
    const noTicker = defineCodec({ ev: 'X', fields: { price: required('p', number({ over: 0 })) } })

    expect(() => createDecoder([limits, limits])).toThrow(new RangeError('Two codecs for LULD.'))
    expect(() => createDecoder([noTicker])).toThrow(RangeError)
  })

  it.each(['checks', 'drifts'] as const)('refuses tables whose %s name no field they have', (kind) => {
    const table = (...named: readonly string[]) =>
      defineCodec({
        ev: 'X',
        fields: { price: required('p', number({ over: 0 })) },
        [kind]: [{ name: 'odd', fields: named, expected: 'something', holds: () => true }],
      })

    expect(() => table('price', 'prize')).toThrow(new RangeError('The table of X has no field prize.'))
    expect(() => table()).toThrow(new RangeError('The check odd of X names no field.'))
    expect(table('price').ev).toBe('X')
  })
})
