/**
 * Elements of every built-in type as a vendor writes them, and what a bad day makes of them: seeded, so a frame that is found
 * can be had again by its number.
 */

// Taken once: in Jest's sandbox every look at a global is dear, and these are looked at millions of times.
const { floor, imul, max, min } = Math

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export const randomOf = (seed: number): (() => number) => {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Member = readonly [key: string, value: string]

export interface Maker {
  /** A whole number from 0 to below `end`. */
  below(end: number): number
  pick<V>(list: readonly V[]): V
  /** An element as it should be, its members in any order. */
  sound(): string
  /** An element with something done to it. */
  mutant(): string
}

// What a value can be instead: odd forms of numbers, bounds of every kind, and what is no JSON at all.
const values = [
  ...[
    '0',
    '-0',
    '0.0',
    '1',
    '-1',
    '1.0',
    '12.50',
    '1e2',
    '1E+2',
    '1e-2',
    '0e5',
    '0.1e1',
    '1e22',
    '1e23',
    '1e-22',
    '5e-324',
  ],
  ...[
    '1e999',
    '-1e999',
    '1e-999',
    '0.000000000000000000000000012345',
    '123456789',
    '1234567890',
    '999999999',
    '0.123456789',
  ],
  ...[
    '1234567.25',
    '12345678.25',
    '123456789.25',
    '123456789012345',
    '1234567890123456',
    '9007199254740991',
    '9007199254740993',
  ],
  ...[
    '99999999999999',
    '100000000000000',
    '99999999999999999',
    '100000000000000000',
    '99999999999999999999',
    '100000000000000000000',
  ],
  ...[
    '1678220098130',
    '1678220098130.0',
    '0678220098130',
    '0000000000000',
    '1678220098130000',
    '1678220098130000123',
    '1.678220098130000123e18',
    '1.67822009813e12',
  ],
  ...['01', '00', '1.', '.5', '+1', '1e', '1e+', '--1', '0x10', '1_000', 'NaN', 'Infinity', '-', ''],
  ...['null', 'true', 'false', 'nul', 'True', 'tru', 'undefined'],
  ...[
    '"x"',
    '""',
    '"AAPL"',
    '"BRK.B"',
    '"12.5"',
    '"12."',
    '".5"',
    '"-1"',
    '"1e5"',
    '"0"',
    '"007.10"',
    '"12.500000"',
    '"O:SPY251219C00650000"',
  ],
  ...[
    '"\\u0041APL"',
    '"a\\"b"',
    '"\\\\"',
    '"\\x"',
    '"Ä€😀"',
    '"\\ud800"',
    '"tab\there"',
    '"nul\u0000"',
    '"\u007f"',
    '"}"',
    '"]"',
    '"{[,:"',
  ],
  ...['"a ticker that is longer than what is remembered of names"', "'x'", '"open', '"T"', '"AM"'],
  ...[
    '[]',
    '[ ]',
    '[1]',
    '[12,37]',
    '[ 12 , 37 ]',
    '[1,]',
    '[,1]',
    '[-1]',
    '[-0]',
    '[1.0]',
    '[1e2]',
    '[01]',
    '["1"]',
    '[null]',
    '[[1]]',
  ],
  ...[
    '[123456789012345]',
    '[1234567890123456]',
    '[9007199254740993]',
    '[0,0]',
    '[1 2]',
    '[1',
    '1]',
    '{}',
    '{"a":1}',
    '{"a":[1,{"b":null}]}',
    '{"a"}',
  ],
]

const keys = [
  ...[
    'ev',
    'sym',
    'p',
    's',
    'ds',
    'x',
    'c',
    'z',
    'i',
    'q',
    't',
    'pt',
    'trfi',
    'trft',
    'fmv',
    'o',
    'h',
    'l',
    'v',
    'dv',
    'vw',
    'e',
    'op',
  ],
  ...[
    'av',
    'dav',
    'a',
    'otc',
    'bp',
    'bs',
    'bx',
    'ap',
    'as',
    'ax',
    'status',
    'message',
    '__proto__',
    'constructor',
    'toString',
    'length',
  ],
  ...[
    'new',
    'n',
    'tr',
    'trf',
    'trfio',
    'symbol',
    'sy',
    'price',
    '',
    ' ',
    '0',
    '1',
    '12',
    '01',
    'ä',
    '\\u0070',
    'p\\u0000',
    'k"',
    'e}',
  ],
  ...['a key that is a good deal longer than what is remembered', 'A', 'T', 'EV', 'revision', 'late', 'backfilled'],
]

const tickers = [
  'AAPL',
  'MSFT',
  'A',
  'BRK.B',
  'GOOGL',
  'SPY',
  'ABCDEFGH',
  'ABCDEFGHI',
  'O:SPY251219C00650000',
  'X-Y',
  'aaPL',
  'AAPLAAPL',
]
const types = ['T', 'T', 'T', 'Q', 'A', 'AM', 'AM', 'FMV', 'FMV', 'status', 'LULD', 'TT', 'FM', '']
const bytes = Array.from('[]{}",:\\0123456789.-+eEnulltrufas \n\t\u0000\u001f\u007f\u0080\u00ff')
const spaces = ['', '', '', ' ', '\n', '\t ', '\r\n']

export const makerOf = (random: () => number): Maker => {
  const below = (end: number): number => floor(random() * end)
  const pick = <V>(list: readonly V[]): V => list[below(list.length)] as V
  const maybe = (share: number, members: readonly Member[]): readonly Member[] => (random() < share ? members : [])

  const price = (): string => {
    const text = (random() * pick([1, 10, 500, 1e5])).toFixed(below(7))
    return random() < 0.9 && Number(text) > 0 ? text : pick(['0.0001', '1e2', '215.9721', '4.578654e+06', '1'])
  }
  const whole = (): string => String(below(pick([10, 1_000, 1e7, 1e10])))
  const ms = (): string => String(1_600_000_000_000 + below(2e11))
  const exact = (): string => `"${below(1e6)}.${below(1e6)}"`
  const symbol = (): string => `"${pick(tickers)}"`

  const trade = (): readonly Member[] => [
    ...([
      ['sym', symbol()],
      ['p', price()],
      ['s', whole()],
      ['t', ms()],
    ] as const),
    ...maybe(0.8, [
      ['i', `"${below(1e14)}"`],
      ['x', whole()],
      ['z', '3'],
      ['q', whole()],
    ]),
    ...maybe(0.5, [['c', `[${Array.from({ length: below(4) }, whole).join()}]`]]),
    ...maybe(0.5, [
      ['ds', exact()],
      ['pt', ms()],
    ]),
    ...maybe(0.3, [
      ['trfi', '202'],
      ['trft', ms()],
    ]),
  ]
  const quote = (): readonly Member[] => [
    ...([
      ['sym', symbol()],
      ['t', ms()],
    ] as const),
    ...maybe(0.8, [
      ['bp', price()],
      ['bs', whole()],
      ['bx', whole()],
    ]),
    ...maybe(0.8, [
      ['ap', price()],
      ['as', whole()],
      ['ax', whole()],
    ]),
    ...maybe(0.5, [
      ['i', '[604]'],
      ['c', '1'],
      ['q', whole()],
      ['z', '3'],
    ]),
    ...maybe(0.3, [
      ['pt', ms()],
      ['trfi', '202'],
      ['trft', ms()],
    ]),
  ]
  const bar = (windowMs: number): readonly Member[] => {
    const [low = 1, open = 1, close = 1, high = 1] = Array.from({ length: 4 }, () => below(1e6) / 1e4 + 0.01).sort(
      (a, b) => a - b,
    )
    const start = 1_600_000_000_000 + below(2e11)
    return [
      ...([
        ['sym', symbol()],
        ['v', whole()],
        ['o', `${open}`],
        ['c', `${close}`],
        ['h', `${high}`],
        ['l', `${low}`],
      ] as const),
      ...([['s', `${start}`]] as const),
      ...maybe(0.7, [
        ['e', `${start + windowMs}`],
        ['vw', price()],
        ['av', whole()],
        ['op', price()],
        ['a', price()],
        ['z', whole()],
      ]),
      ...maybe(0.3, [
        ['dv', exact()],
        ['dav', exact()],
      ]),
      ...maybe(0.1, [['otc', pick(['true', 'false'])]]),
    ]
  }
  const value = (): readonly Member[] => [
    ...([
      ['sym', symbol()],
      ['fmv', price()],
      ['t', pick([ms(), `${ms()}000`, `${ms()}000123`, `${ms()}999999`])],
    ] as const),
  ]

  const members = (): Member[] => {
    const ev = pick(['T', 'T', 'T', 'Q', 'A', 'AM', 'FMV'])
    const rest = ev === 'T' ? trade() : ev === 'Q' ? quote() : ev === 'FMV' ? value() : bar(ev === 'A' ? 1_000 : 60_000)
    const all: Member[] = [['ev', `"${ev}"`], ...rest]
    if (random() < 0.4) all.sort(() => random() - 0.5)
    return all
  }

  const written = (list: readonly Member[]): string => {
    const isLoose = random() < 0.2
    const gap = (): string => (isLoose ? pick(spaces) : '')
    const text = list.map(([key, said]) => `${gap()}"${key}"${gap()}:${gap()}${said}${gap()}`)
    return `{${text.join(',')}${list.length === 0 ? gap() : ''}}`
  }

  /** One thing done to a list of members. */
  const change = (list: Member[]): void => {
    const at = below(list.length)
    const [key, said] = list[at] ?? ['ev', '"T"']
    switch (below(7)) {
      case 0:
      case 1:
        list[at] = [key, pick(values)]
        return
      case 2:
        list[at] = [pick(keys), said]
        return
      case 3:
        list.splice(below(list.length + 1), 0, [pick(keys), pick(values)])
        return
      case 4:
        list.splice(below(list.length + 1), 0, [key, random() < 0.5 ? said : pick(values)])
        return
      case 5:
        list.splice(at, 1)
        return
      default:
        list[at] = ['ev', `"${pick(types)}"`]
    }
  }

  /** One thing done to a text, wherever. */
  const spoil = (text: string): string => {
    const at = below(text.length + 1)
    const other = below(text.length + 1)
    switch (below(5)) {
      case 0:
        return text.slice(0, at) + pick(bytes) + text.slice(at + 1)
      case 1:
        return text.slice(0, at) + pick(bytes) + text.slice(at)
      case 2:
        return text.slice(0, at) + text.slice(at + 1 + below(3))
      case 3:
        return text.slice(0, at) + pick(values) + text.slice(at)
      default:
        return text.slice(0, max(at, other)) + text.slice(min(at, other))
    }
  }

  return {
    below,
    pick,
    sound: () => written(members()),
    mutant: () => {
      const list = members()
      const kind = below(10)
      for (let n = kind < 7 ? 1 + below(2) : 0; n > 0; n -= 1) change(list)
      let text = written(list)
      for (let n = kind < 5 ? 0 : 1 + below(2); n > 0; n -= 1) text = spoil(text)
      return text
    },
  }
}
