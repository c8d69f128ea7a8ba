import { didYouMean } from '../src/didYouMean.ts'
import { chaos, parse } from '../src/cli/options.ts'
import { runTimetable } from '../src/simulator/chaos/timetable.ts'
import type { Fault } from '../src/simulator/chaos/fault.ts'
import { parseChaos } from '../src/simulator/chaos/spec.ts'
import type { Selector } from '../src/simulator/chaos/selector.ts'
import { random } from '../src/simulator/random.ts'
import { ChaosSpecError, simulate } from '../src/simulator/index.ts'
import { subscribeTo } from './simulatorClient.ts'

// Goal: timetables of faults are read as a person means them, refused where they mean nothing, and kept to the millisecond.
// Method: tables of texts; the timetable under fake timers, with a recorder in place of connections; once from the option to a closed socket.

const kill = { fault: { name: 'kill' }, selector: {} }

describe('what is read', () => {
  it.each<[string, readonly object[]]>([
    ['kill@5s', [{ ...kill, fromMs: 5000 }]],
    [' kill @ 1.5s ', [{ ...kill, fromMs: 1500 }]],
    ['Kill@0ms', [{ ...kill, fromMs: 0 }]],
    ['halfOpen T@10s', [{ fault: { name: 'halfOpen' }, selector: { channel: ['T'] }, fromMs: 10_000 }]],
    ['half-open T.*@1m', [{ fault: { name: 'halfOpen' }, selector: { channel: ['T.*'] }, fromMs: 60_000 }]],
    ['kill T AM.BRK.B@1h', [{ fault: { name: 'kill' }, selector: { channel: ['T', 'AM.BRK.B'] }, fromMs: 3_600_000 }]],
    ['freeze AM 3s@20s', [{ fault: { name: 'freeze', ms: 3000 }, selector: { channel: ['AM'] }, fromMs: 20_000 }]],
    ['freeze 200ms AM@2min', [{ fault: { name: 'freeze', ms: 200 }, selector: { channel: ['AM'] }, fromMs: 120_000 }]],
    [
      'kill T business /stocks@1s',
      [{ fault: { name: 'kill' }, selector: { channel: ['T'], host: 'business', path: '/stocks' }, fromMs: 1000 }],
    ],
    ['garbage@1s', [{ fault: { name: 'garbage', kind: 'json' }, selector: {}, fromMs: 1000 }]],
    ['garbage utf8 T@1s', [{ fault: { name: 'garbage', kind: 'utf8' }, selector: { channel: ['T'] }, fromMs: 1000 }]],
    ['oversized@1s', [{ fault: { name: 'oversized', bytes: 16_777_217 }, selector: {}, fromMs: 1000 }]],
    ['oversized 20MB@1s', [{ fault: { name: 'oversized', bytes: 20_000_000 }, selector: {}, fromMs: 1000 }]],
    ['oversized 1.5KiB@1s', [{ fault: { name: 'oversized', bytes: 1536 }, selector: {}, fromMs: 1000 }]],
    ['every 30s kill', [{ ...kill, fromMs: 30_000, everyMs: 30_000 }]],
    ['every 30s kill@5s', [{ ...kill, fromMs: 5000, everyMs: 30_000 }]],
    ['every 30s kill@5s..2m', [{ ...kill, fromMs: 5000, everyMs: 30_000, untilMs: 120_000 }]],
    ['refuse T.GME@5s', [{ fault: { name: 'refuse', channels: ['T.GME'] }, selector: {}, fromMs: 5000 }]],
    [
      'refuse T.GME AM business@5s .. 60s',
      [
        {
          fault: { name: 'refuse', channels: ['T.GME', 'AM'] },
          selector: { host: 'business' },
          fromMs: 5000,
          untilMs: 60_000,
        },
      ],
    ],
    ['wrongKey@5s..6s', [{ fault: { name: 'wrongKey' }, selector: {}, fromMs: 5000, untilMs: 6000 }]],
    ['random 20s', [{ fault: 'random', selector: {}, fromMs: 20_000, everyMs: 20_000 }]],
    ['random 20s@1s..60s', [{ fault: 'random', selector: {}, fromMs: 1000, everyMs: 20_000, untilMs: 60_000 }]],
    ['kill@1s,kill@2s, kill@3s', [1000, 2000, 3000].map((fromMs) => ({ ...kill, fromMs }))],
  ])('%s', (spec, entries) => {
    expect(parseChaos(spec)).toEqual(entries.map((entry) => ({ text: expect.any(String), ...entry })))
  })

  it('every fault that a host can ask for has a word', () => {
    const spec =
      'kill@1s, halfOpen@1s, freeze 1s@1s, slowReader@1s, garbage frame@1s, oversized@1s, noPong@1s, evict@1s, wrongKey@1s, refuse T@1s, forceDisconnect@1s, authTimeout@1s, serverError@1s, goingAway@1s'
    const names = parseChaos(spec).map(({ fault }) => (fault === 'random' ? fault : fault.name))
    expect(names).toEqual(spec.split(', ').map((entry) => /^\w+/.exec(entry)?.[0]))
  })
})

const names =
  'kill, halfOpen, slowReader, noPong, evict, wrongKey, forceDisconnect, authTimeout, serverError, goingAway, freeze, garbage, oversized, refuse'

describe('what is refused', () => {
  it.each<[string, number, string, string]>([
    ['halfOpne T@10s', 1, 'halfOpne', `no such fault; did you mean halfOpen? there are ${names}; and every, random`],
    ['kill@5s, explode@6s', 10, 'explode', `no such fault; there are ${names}; and every, random`],
    ['every 5s explode', 10, 'explode', `no such fault; there are ${names}; and every, random`],
    ['evry 5s kill', 1, 'evry', 'no such fault; did you mean every?'],
    ['', 1, '', `expected a fault: ${names}, or every, random`],
    ['kill@5s,', 9, '', 'expected a fault: '],
    ['kill@5s,,kill@6s', 9, '', 'expected a fault: '],
    ['kill', 5, '', 'when? Such as kill … @5s, or every 30s kill'],
    ['kill@', 6, '', 'expected a time with its unit, such as 5s, 200ms, 2m'],
    ['kill@5', 6, '5', 'expected a time with its unit, such as 5s, 200ms, 2m'],
    ['kill@5sec', 6, '5sec', 'expected a time with its unit'],
    ['kill@-5s', 6, '-5s', 'expected a time with its unit'],
    ['kill@9999h', 6, '9999h', 'expected a time from 0 ms to 24 days'],
    [
      'kill 5s',
      6,
      '5s',
      'kill does not take this; expected a channel such as T, T.* or T.GME (of T, Q, A, AM, FMV, LULD, NOI)',
    ],
    ['kill t@5s', 6, 't', 'kill does not take this; did you mean T?'],
    ['kill am.GME@5s', 6, 'am.GME', 'kill does not take this; did you mean AM.GME?'],
    ['kill busines@5s', 6, 'busines', 'kill does not take this; did you mean business?'],
    ['kill T.@5s', 6, 'T.', 'kill does not take this'],
    ['kill business delayed@5s', 15, 'delayed', 'kill does not take this'],
    ['garbage utf9@5s', 9, 'utf9', 'garbage does not take this; did you mean utf8?'],
    ['garbage json utf8@5s', 14, 'utf8', 'garbage does not take this'],
    ['oversized 0MB@5s', 11, '0MB', 'expected a size from 1B to 256MiB'],
    ['oversized 1GB@5s', 11, '1GB', 'oversized does not take this'],
    ['freeze@5s', 7, '@', 'for how long? Such as freeze 3s@20s'],
    ['freeze 0s@5s', 8, '0s', 'expected how long from 1 ms to 24 days'],
    ['refuse@5s', 7, '@', 'which channels? Such as refuse T.GME@5s..60s'],
    ['kill@5s..60s', 1, 'kill', 'kill happens at one moment: say @5s, or every 10s kill … @5s..60s'],
    ['refuse T@60s..5s', 15, '5s', 'expected a later time than the one before it'],
    ['refuse T@5s..5s', 14, '5s', 'expected a later time than the one before it'],
    ['refuse T@5s..', 14, '', 'expected a time with its unit'],
    ['every 5s refuse T', 10, 'refuse', 'refuse lasts until it is lifted, so it cannot come again and again'],
    ['every kill', 7, 'kill', 'expected how often with its unit'],
    ['every 1ms kill', 7, '1ms', 'expected how often from 10 ms to 24 days'],
    ['every 5s', 9, '', 'expected a fault: '],
    ['random', 7, '', 'expected about how often with its unit'],
    ['random 5s kill', 11, 'kill', 'expected a comma, or the end'],
    ['kill@5s 6s', 9, '6s', 'expected a comma, or the end'],
    ['kill@5s@6s', 8, '@', 'expected a comma, or the end'],
  ])('%s', (spec, character, found, problem) => {
    const refusal = (): unknown => {
      try {
        return parseChaos(spec)
      } catch (error) {
        return error
      }
    }
    expect(refusal()).toBeInstanceOf(ChaosSpecError)
    expect(refusal()).toMatchObject({ _tag: 'ChaosSpecError', character, found })
    expect(refusal()).toHaveProperty('message', expect.stringContaining(`chaos, character ${character}, `))
    expect(refusal()).toHaveProperty('message', expect.stringContaining(`: ${problem}`))
  })

  it('an option of the simulator as of the command line', async () => {
    await expect(simulate({ chaos: 'kil@5s' })).rejects.toThrow(
      'chaos, character 1, "kil": no such fault; did you mean kill?',
    )
    expect(didYouMean('kil', ['kill'])).toBe('; did you mean kill?')
  })
})

describe('on the command line', () => {
  const table = { chaos: chaos({ help: 'faults' }) }

  it('several are one', () => {
    const { values } = parse(table, ['--chaos', 'kill@1s', '--chaos=evict@2s, random 3s'], {})
    expect(values.chaos).toBe('kill@1s, evict@2s, random 3s')
    expect(parse(table, [], {}).values.chaos).toBeUndefined()
  })

  it('says what is wrong by the characters of that one', () => {
    expect(() => parse(table, ['--chaos', 'kill@1s', '--chaos', 'evct@2s'], {})).toThrow(
      '--chaos: character 1, "evct": no such fault; did you mean evict?',
    )
  })
})

interface Told {
  readonly atMs: number
  readonly fault: Fault
  readonly selector: Selector
}

describe('the timetable', () => {
  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  const play = (
    spec: string,
    forMs: number,
    { connections = [1, 2, 3], seed = 1 }: { readonly connections?: readonly number[]; readonly seed?: number } = {},
  ) => {
    const beganMs = performance.now()
    const struck: Told[] = []
    const lifted: number[] = []
    const stop = runTimetable({
      entries: parseChaos(spec),
      strike: (fault, selector) => {
        struck.push({ atMs: performance.now() - beganMs, fault, selector })
        return { hit: [], lift: () => void lifted.push(performance.now() - beganMs) }
      },
      connections: () => connections,
      randomOf: (place) => random(seed, 16 + place),
    })
    jest.advanceTimersByTime(forMs)
    return { struck, lifted, stop, times: struck.map(({ atMs }) => atMs) }
  }

  it('once, again and again, and between two moments', () => {
    expect(play('kill@5s', 60_000).times).toEqual([5000])
    expect(play('kill@0s', 1).times).toEqual([0])
    expect(play('every 20s kill', 65_000).times).toEqual([20_000, 40_000, 60_000])
    expect(play('every 20s kill@5s', 65_000).times).toEqual([5000, 25_000, 45_000, 65_000])
    expect(play('every 20s kill@5s..45s', 200_000).times).toEqual([5000, 25_000, 45_000])
  })

  it('lifts what lasts', () => {
    expect(play('refuse T@5s..60s', 100_000)).toMatchObject({ times: [5000], lifted: [60_000] })
    expect(play('refuse T@5s', 100_000)).toMatchObject({ times: [5000], lifted: [] })
  })

  it('leaves no timer when it is stopped', () => {
    const { stop } = play('kill@5m, every 20s kill, refuse T@5s..60m, random 30s', 10_000)
    expect(jest.getTimerCount()).toBeGreaterThan(0)
    stop()
    expect(jest.getTimerCount()).toBe(0)
  })

  it('by chance: about so often, one connection at a time, the same for the same seed', () => {
    const { struck, times } = play('random 20s', 40_000_000)
    const waits = times.map((atMs, i) => atMs - (times[i - 1] ?? 0))
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(10_000)
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_001)
    expect(times.length / 2000).toBeCloseTo(1, 1)
    expect(new Set(struck.map(({ selector }) => selector.connection))).toEqual(new Set([1, 2, 3]))
    // Whatever a client with a good key returns from.
    expect([...new Set(struck.map(({ fault }) => fault.name))].sort()).toEqual(
      names
        .split(', ')
        .filter((name) => name !== 'refuse' && name !== 'wrongKey')
        .sort(),
    )

    expect(play('random 20s', 1_000_000)).toMatchObject({ struck: struck.filter(({ atMs }) => atMs <= 1_000_000) })
    expect(play('random 20s', 1_000_000, { seed: 2 }).times).not.toEqual(times.slice(0, 50))
    expect(play('random 20s', 1_000_000, { connections: [] }).struck).toEqual([])
  })
})

it('runs from the option, and is logged once', async () => {
  const texts: string[] = []
  const note = (facts: object, text: string): void => void texts.push(`${JSON.stringify(facts)} ${text}`)
  const logger = { debug: note, info: note, warn: note, error: note }
  const sim = await simulate({ logger, chaos: 'every 50ms serverError T, kill AM@1h' })
  try {
    const victim = await subscribeTo(sim.url, 'T.*')
    await expect(victim.closed).resolves.toBe(1011)
    const hits = texts.filter((text) => text.includes('"fault":"serverError","connections":[1]'))
    expect(hits).toEqual(['{"fault":"serverError","connections":[1]} simulator chaos: serverError'])
  } finally {
    await sim.close()
  }
})
