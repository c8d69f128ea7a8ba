import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { builtInCodecs } from '../../streams/codecs/builtIn.ts'
import { createDecoder, decodeFrame } from '../../streams/codecs/decodeFrame.ts'
import { defineCodec, type Fields } from '../../streams/codecs/defineCodec.ts'
import {
  decimalText,
  defaulted,
  derived,
  flag,
  instantMs,
  instantNs,
  integer,
  integerList,
  number,
  optional,
  required,
  text,
  ticker,
  timeMs,
} from '../../streams/codecs/field.ts'
import { cursor } from '../../streams/codecs/scan/json.ts'
import { Names } from '../../streams/codecs/scan/names.ts'
import { composedScannerOf, scannerOf } from '../../streams/codecs/scan/scanner.ts'
import { refusal } from '../../streams/codecs/scan/why.ts'
import type { Trade } from '../../streams/model.ts'
import { authorityOf, disagreement, noScannerOf } from './agreement.ts'
import { bytesOf, countOf, eventsOf } from './frames.ts'
import { makerOf, randomOf } from './mutants.ts'

const trade = (members = '', symbol = '"AAPL"'): string =>
  `{"ev":"T","sym":${symbol},"p":1.5,"s":1,"t":1721683216349${members}}`

const plain = authorityOf(builtInCodecs)
const composed = createDecoder(builtInCodecs, composedScannerOf)

const backEnds = [
  ['generated code', decodeFrame],
  ['composed functions', composed],
] as const

describe.each(backEnds)('the scanner of %s', (_name, decode) => {
  it('counts what is odd about the elements it takes, in order of first appearance, and nothing of one it refuses in between', () => {
    const bar = (members: string): string =>
      `{"ev":"AM","sym":"A","o":2,"h":3,"l":1,"c":2,"v":1,"s":60000,"e":120000${members}}`
    const frame = `[${[bar(''), bar(',"newA":1,"vw":9'), bar(',"newB":[1],"newA":2'), bar(',"newA":3'), trade(',"newA":1')].join(',')}]`
    const decoded = decode(bytesOf(frame))

    expect(decoded.elements).toBe(5)
    expect(decoded.unscanned).toStrictEqual([{ eventType: 'AM', why: 'nested', count: 1 }])
    expect(decoded.drifts).toStrictEqual([
      { eventType: 'AM', name: 'vwapInRange', count: 1 },
      { eventType: 'AM', name: 'unknownField', field: 'newA', count: 3 },
      { eventType: 'AM', name: 'unknownField', field: 'newB', count: 1 },
      { eventType: 'T', name: 'unknownField', field: 'newA', count: 1 },
    ])
  })

  it.each([
    ['documented order', trade(',"x":4,"i":"5","z":3,"c":[12,37],"q":7')],
    ['another order', '{"t":1721683216349,"s":1,"sym":"AAPL","p":1.5,"c":[],"ev":"T"}'],
    ['white space', ' {\n"ev" : "T" ,\t"sym": "AAPL","p" :1.5 , "s": 1,"t":1721683216349, "c" : [ 1 , 2 ] }\r\n'],
    ['null for what may be absent', trade(',"x":null,"c": null,"i":null,"ds":null,"pt":null')],
    [
      'odd forms of numbers',
      '{"ev":"T","sym":"A","p":2.159721E+2,"s":1e0,"x":12.0,"q":4.578654e+06,"t":1721683216349.0}',
    ],
    [
      'numbers of many digits',
      '{"ev":"T","sym":"A","p":123456789012345678901234567890,"s":0.1234567890123456789,"t":0}',
    ],
    [
      'unknown plain fields',
      trade(',"new":-1.5e-3,"n":null,"b":true,"c2":false,"é":0,"text":"Ä€😀"').replace('"é":0,', ''),
    ],
    ['a bar without an end', '{"ev":"AM","sym":"A","v":1,"o":1,"c":1,"h":1,"l":1,"s":60000}'],
    ['a bar with an odd body', '{"ev":"AM","sym":"A","v":1,"o":3,"c":1,"h":2,"l":1,"s":60000,"vw":9,"otc":true}'],
    ['nanoseconds', '{"ev":"FMV","fmv":189.22,"sym":"AAPL","t":1678220098130000123}'],
    ['microseconds', '{"ev":"FMV","fmv":189.22,"sym":"AAPL","t":1678220098130123}'],
    ['the time 0', '{"ev":"FMV","fmv":189.22,"sym":"AAPL","t":0}'],
  ])('takes %s', (_what, element) => {
    const frame = bytesOf(`[${element},${element}]`)
    const decoded = decode(frame)

    expect(decoded.unscanned).toBeUndefined()
    expect(countOf(decoded)).toBe(2)
    expect(disagreement(builtInCodecs, plain(frame), decoded)).toBeUndefined()
  })

  it.each([
    ['form', 'T', trade(',')],
    ['form', undefined, trade().replace('}', ',,}')],
    ['form', undefined, '7'],
    ['type', undefined, '{"ev":"LULD","T":"A"}'],
    ['type', undefined, '{"ev":7}'],
    ['text', 'T', trade(',"i":"\\u0041"')],
    ['text', 'T', trade('', '"ÄÖ"')],
    ['text', 'T', trade(',"\\u0070":1')],
    ['value', 'T', trade().replace('1.5', '0')],
    ['value', 'T', trade(',"x":1.5')],
    ['value', 'FMV', '{"ev":"FMV","fmv":1,"sym":"A","t":1.678220098130000123e18}'],
    ['nested', 'T', trade(',"new":{"a":1}')],
    ['keys', 'T', trade(',"p":1.5')],
    ['keys', 'T', trade(',"5":1')],
    ['keys', 'T', trade(Array.from({ length: 17 }, (_, i) => `,"n${i}":1`).join(''))],
    ['absent', 'T', '{"ev":"T"}'],
    ['check', 'AM', '{"ev":"AM","sym":"A","v":1,"o":1,"c":1,"h":1,"l":2,"s":60000}'],
    ['ticker', 'T', trade('', `"${'A'.repeat(33)}"`)],
    ['large', 'T', trade(`,"i":"${'5'.repeat(65_536)}"`)],
  ] as const)('leaves what it does not recognise to the io-ts path, and says %s of %s', (why, eventType, element) => {
    const frame = bytesOf(`[${trade()},${element},${trade()}]`)
    const decoded = decode(frame)
    const isForm = decoded.unscanned?.[0]?.why === 'form'

    expect(decoded.unscanned).toStrictEqual([
      eventType === undefined || isForm ? { why, count: 1 } : { eventType, why, count: 1 },
    ])
    expect(disagreement(builtInCodecs, plain(frame), decoded)).toBeUndefined()
  })

  it('does not count statuses as unscanned', () => {
    expect(decode(bytesOf('[{"ev":"status","status":"success"}]')).unscanned).toBeUndefined()
  })

  it('takes an object alone', () => {
    const decoded = decode(bytesOf(` ${trade()} `))

    expect(decoded.unscanned).toBeUndefined()
    expect(eventsOf(decoded)).toHaveLength(1)
  })

  it('takes what stands before the break of a frame', () => {
    const decoded = decode(bytesOf(`[${trade()},${trade()},{"ev":"T","sym":"}`))

    expect(decoded.unscanned).toBeUndefined()
    expect([eventsOf(decoded).length, decoded.broken]).toStrictEqual([2, true])
  })

  it.each([
    ['open brackets', '['.repeat(1_000_000)],
    ['a text of a megabyte', trade('', `"${'A'.repeat(1_000_000)}"`)],
    ['a key of a megabyte', trade(`,"${'k'.repeat(1_000_000)}":1`)],
    ['a number of a megabyte', trade().replace('1.5', `1.${'5'.repeat(1_000_000)}`)],
    ['a list of a megabyte', trade(`,"c":[${'1,'.repeat(500_000)}1]`)],
    ['an exponent of a megabyte', trade().replace('1.5', `1e${'9'.repeat(1_000_000)}`)],
    ['an open text of a megabyte', `{"ev":"T","sym":"${'A'.repeat(1_000_000)}`],
    ['spaces of a megabyte', `{${' '.repeat(1_000_000)}`],
    ['bytes that are no UTF-8', `{"ev":"T","sym":"\u00ff\u00c0`],
  ])('survives %s', (_what, hostile) => {
    for (const text of [`[${trade()},${hostile},${trade()}]`, `[${trade()},${hostile}`, hostile]) {
      const frame = Buffer.from(text, 'latin1')

      expect(disagreement(builtInCodecs, plain(frame), decode(frame))).toBeUndefined()
    }
  })

  it('keeps the values of a frame through the frames that come after it', () => {
    const random = randomOf(3)
    const maker = makerOf(random)
    const frames = Array.from({ length: 300 }, (_, i) =>
      bytesOf(`[${Array.from({ length: 1 + (i % 97) }, maker.sound).join()}]`),
    )
    const decoded = frames.map(decode)

    for (const [i, frame] of frames.entries())
      expect(disagreement(builtInCodecs, plain(frame), decoded[i]!)).toBeUndefined()
  })

  it('takes frames larger than its blocks, of elements that grow', () => {
    const elements = Array.from({ length: 30_000 }, (_, i) =>
      trade(`,"q":${i}${i % 2 === 0 ? '' : `,"i":"${'1'.repeat(i / 1_000)}"`}`),
    )
    const { batches, unscanned } = decode(bytesOf(`[${elements.join()}]`))

    expect(unscanned).toBeUndefined()
    for (let i = 0; i < elements.length; i += 1) {
      if (batches[0]!.number(i, 'sequence') !== i) throw new Error(`event ${i} is ${batches[0]!.number(i, 'sequence')}`)
    }
    expect((batches[0]!.at(29_999) as Trade).id).toBe('1'.repeat(29))
  })
})

describe('a scanner', () => {
  // All kinds, all ways to be absent, checks that look at texts and lists.
  const fields = {
    symbol: required('S', ticker),
    other: optional('o', ticker),
    note: defaulted('note', text, 'none'),
    name: required('nm', text),
    amount: defaulted('am', decimalText, '0'),
    count: defaulted('n', integer, 7),
    low: optional('lo', number({ over: -5 })),
    base: required('b', integer),
    high: derived('hi', number({ atLeast: -1 }), 'base', -3),
    list: optional('li', integerList),
    isOn: required('on', flag),
    isOff: defaulted('off', flag, true),
    ns: optional('tt', instantNs),
    ms: optional('tt', instantMs),
    atMs: required('t', timeMs),
    later: derived('t2', timeMs, 'atMs', 1_000),
    revision: { wire: null, kind: integer, absent: { value: 0 } },
    late: { wire: null, kind: flag, absent: 'omit' },
  } as const satisfies Fields
  const wide = defineCodec({
    ev: 'WIDE',
    at: 'later',
    fields,
    checks: [
      {
        name: 'named',
        fields: ['name', 'symbol'],
        expected: 'another name',
        holds: ({ name, symbol }) => name !== symbol,
      },
      {
        name: 'short',
        fields: ['list', 'note'],
        expected: 'a short list',
        holds: ({ list, note }) => list === undefined || list.length < 3 || note === 'long',
      },
    ],
    drifts: [{ name: 'on', fields: ['isOn', 'ms'], expected: 'on', holds: ({ isOn, ms }) => isOn || ms === undefined }],
  })
  const codecs = [wide, ...builtInCodecs]
  const values: Readonly<Record<string, readonly string[]>> = {
    S: ['"A"', '"nm"', '"ABCDEFGHIJ"', '""', '5'],
    o: ['"B"', 'null', '""'],
    note: ['"long"', '"x"', 'null', '""'],
    nm: ['"nm"', '"A"', '""', 'null'],
    am: ['"1.50"', 'null', '"1."', '1'],
    n: ['1', '-1', '-0', '1.5', 'null', '9007199254740993'],
    lo: ['-4.5', '-5', '-0', '0', '1e3', 'null'],
    hi: ['-1', '-0', '0', '5', 'null'],
    b: ['0', '2', '3', '-7', '9007199254740991', '-9007199254740991'],
    li: ['[]', '[1,2]', '[1,2,3]', '[-1]', 'null'],
    on: ['true', 'false', 'null', '1'],
    off: ['true', 'false', 'null'],
    tt: ['1', '1678220098130', '1678220098130000123', 'null', '-1', '100000000000000000000'],
    t: ['0', '1721683216349', '99999999999999', '-0', '-1', '1.5'],
    t2: ['0', '1721683216349', 'null', '100000000000000'],
  }

  it('is made of any table', () => {
    const random = randomOf(5)
    const { pick } = makerOf(random)
    const authority = authorityOf(codecs)
    const decoders = [
      createDecoder(codecs),
      createDecoder(codecs, composedScannerOf),
      createDecoder(codecs, noScannerOf),
    ]
    let events = 0
    let scanned = 0
    for (let i = 0; i < 20_000; i += 1) {
      const members = Object.entries(values)
        .filter(() => random() < 0.85)
        .map(([key, all]) => `"${key}":${random() < 0.7 ? all[0]! : pick(all)}`)
      const frame = bytesOf(`[{"ev":"WIDE",${members.join()}}]`)
      const expected = authority(frame)
      events += countOf({ ...expected, rejects: [] })
      for (const decode of decoders) {
        const decoded = decode(frame)
        const found = disagreement(codecs, expected, decoded, i % 2 === 0)
        if (found !== undefined) throw new Error(`${found}: ${frame.toString()}`)
        if (decoded.unscanned === undefined) scanned += 1
      }
    }

    expect(events).toBeGreaterThan(1_000)
    expect(scanned).toBeGreaterThan(1.5 * events)
  })

  it.each([
    ['a key with a quote', { extra: optional('a"b', integer) }],
    ['a key beyond ASCII', { extra: optional('ä', integer) }],
    ['a second reading of ev', { extra: optional('ev', text) }],
    ['two readings of one key', { extra: optional('p', text) }],
    ['a ticker that may be absent', { symbol: optional('sym', ticker) }],
    [
      'a field named __proto__',
      JSON.parse('{"__proto__":{"wire":"pr","kind":{"kind":"integer"},"absent":"omit"}}') as Fields,
    ],
    [
      'something derived from what may be absent',
      { from: optional('f', integer), extra: derived('x', integer, 'from', 1) },
    ],
    [
      'thirty keys',
      Object.fromEntries(
        Array.from({ length: 30 }, (_, i) => [
          `f${i}`,
          i < 3 ? optional(`k${i}`, integer) : required(`k${i}`, integer),
        ]),
      ),
    ],
  ] as readonly (readonly [string, Fields])[])('leaves a table with %s to the io-ts path', (_what, more) => {
    const own: Fields = {
      symbol: required('sym', ticker),
      price: optional('p', number({ over: 0 })),
      atMs: required('t', timeMs),
    }
    const codec = defineCodec({ ev: 'X', at: 'atMs', fields: { ...own, ...more } })
    const keys = Array.from({ length: 30 }, (_, i) => `,"k${i}":${i}`).join('')
    const frame = bytesOf(`[{"ev":"X","sym":"A","t":1${keys}},${trade()},{"ev":"X","sym":"A","t":2,"p":1${keys}}]`)
    const all = [codec, ...builtInCodecs]
    const decoded = createDecoder(all)(frame)

    expect(decoded.unscanned).toStrictEqual([{ eventType: 'X', why: 'table', count: 2 }])
    expect(disagreement(all, authorityOf(all)(frame), decoded)).toBeUndefined()
  })

  it('shows a check the fields it names, and nothing else', () => {
    const seen: unknown[] = []
    const codec = defineCodec({
      ev: 'X',
      at: 'atMs',
      fields: {
        symbol: required('sym', ticker),
        price: optional('p', number({ over: 0 })),
        atMs: required('t', timeMs),
      },
      checks: [{ name: 'seen', fields: ['price'], expected: 'anything', holds: (row) => seen.push({ ...row }) > 0 }],
    })
    const frame = bytesOf('[{"ev":"X","sym":"A","t":1,"p":2},{"ev":"X","sym":"A","t":1}]')
    for (const scanner of [scannerOf, composedScannerOf, noScannerOf]) createDecoder([codec], scanner)(frame)

    expect(seen).toStrictEqual([
      { price: 2 },
      { price: undefined },
      { price: 2 },
      { price: undefined },
      { price: 2 },
      { price: undefined },
    ])
  })

  it('builds more combinations of fields than it makes code for', () => {
    const optionals = ['x', 'z', 'q', 'trfi', 'pt', 'trft', 'ds', 'i', 'c']
    const said = { ds: '"1.0"', i: '"9"', c: '[1]' } as Readonly<Record<string, string>>
    const elements = Array.from({ length: 512 }, (_, i) =>
      trade(optionals.map((key, bit) => ((i >> bit) & 1 ? `,"${key}":${said[key] ?? '1'}` : '')).join('')),
    )
    const frame = bytesOf(`[${elements.join()}]`)

    expect(disagreement(builtInCodecs, plain(frame), decodeFrame(frame))).toBeUndefined()
  })
})

describe('known names', () => {
  const end = cursor()
  const numberOf = (names: Names, name: string): number => {
    const bytes = bytesOf(`"${name}"}`)
    return names.read(bytes, 1, bytes.length - 1, end)
  }

  it('have one number each, short and long', () => {
    const names = new Names(1_000)
    const list = [
      'A',
      'AA',
      'AAAA',
      'AAAAA',
      'AAAAAAAA',
      'AAAAAAAAA',
      'B'.repeat(32),
      ...Array.from({ length: 900 }, (_, i) => `N${i}`),
    ]

    expect(list.map((name) => numberOf(names, name))).toStrictEqual(list.map((_, i) => i))
    expect(list.map((name) => numberOf(names, name))).toStrictEqual(list.map((_, i) => i))
    expect(names.list).toStrictEqual(list)
  })

  it('are bounded, and begin anew', () => {
    const names = new Names(3)
    const before = names.list
    for (const name of ['A', 'B', 'C']) numberOf(names, name)

    expect(numberOf(names, 'D')).toBe(refusal.ticker)
    expect(numberOf(names, 'B')).toBe(1)
    expect(names.isFull).toBe(true)

    names.renew()

    expect(numberOf(names, 'D')).toBe(0)
    expect(numberOf(names, 'B')).toBe(1)
    expect([before, names.list]).toStrictEqual([
      ['A', 'B', 'C'],
      ['D', 'B'],
    ])
  })

  it('of more tickers than are remembered are still right, in old batches too', () => {
    const frames = Array.from({ length: 50 }, (_, f) =>
      bytesOf(
        `[${Array.from({ length: 1_000 }, (__, i) => `{"ev":"FMV","sym":"S${f * 1_000 + i}","fmv":1,"t":1}`).join()}]`,
      ),
    )
    const decoded = frames.map((frame) => decodeFrame(frame))

    decoded.forEach(({ batches }, f) => {
      expect([batches[0]!.symbol(0), batches[0]!.symbol(999)]).toStrictEqual([`S${f * 1_000}`, `S${f * 1_000 + 999}`])
    })
  })
})

describe('where code cannot be made of text', () => {
  it('decodes the same, by composed functions', async () => {
    const script = `
      import { decodeFrame } from './streams/codecs/index.ts'
      let isForbidden = false
      try { new Function('') } catch { isForbidden = true }
      const { batches, unscanned } = decodeFrame(Buffer.from(${JSON.stringify(`[${trade(',"c":[12],"i":"5"')}]`)}))
      console.log(JSON.stringify({ isForbidden, isScanned: unscanned === undefined, event: batches[0].at(0) }))`
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--disallow-code-generation-from-strings', '--import', 'tsx', '--input-type=module', '--eval', script],
      { cwd: join(__dirname, '..', '..'), timeout: 60_000 },
    )

    expect(JSON.parse(stdout)).toStrictEqual({
      isForbidden: true,
      isScanned: true,
      event: { ev: 'T', symbol: 'AAPL', price: 1.5, size: 1, conditions: [12], id: '5', atMs: 1721683216349 },
    })
  }, 90_000)
})
