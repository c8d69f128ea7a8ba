import fc from 'fast-check'

import {
  type Deed,
  eventTypes,
  frequencyNames,
  type FrequencySetup,
  garbageKinds,
  type Name,
  ownerOf,
  quickTurnMs,
  type Scenario,
  type Setup,
  type Step,
  tickers,
} from './scenario.ts'

/** Where clocks and calendars have their edges; a scenario begins a little before one of them. */
const moments = [
  // Monday 6 October 2025, in the middle of the day.
  Date.UTC(2025, 9, 6, 14, 0, 0),
  // The opening bell of a Tuesday.
  Date.UTC(2025, 9, 7, 13, 30, 0),
  // Daylight saving time ends, Sunday 2 November 2025; begins, Sunday 8 March 2026.
  Date.UTC(2025, 10, 2, 6, 0, 0),
  Date.UTC(2026, 2, 8, 7, 0, 0),
  // A Friday's after-hours end, and the weekend begins.
  Date.UTC(2025, 9, 11, 0, 0, 0),
  // Pre-market opens after the weekend; midnight in New York before Thanksgiving.
  Date.UTC(2025, 9, 13, 8, 0, 0),
  Date.UTC(2025, 10, 27, 5, 0, 0),
  // The early close of the day after.
  Date.UTC(2025, 10, 28, 18, 0, 0),
]

/** A name that stands for the frequency which has the worst of it. */
const focus = 'focus' as Name
const name = fc.constantFrom(focus, focus, focus, ...frequencyNames)
const type = fc.constantFrom(...eventTypes)
const count = fc.constantFrom<'*' | number>('*', 1, 2, 3)
const ticker = fc.constantFrom(...tickers)
/** How long a rule holds. */
const holdMs = fc.constantFrom(3, 15, 40, 120, 400)

const frequency: fc.Arbitrary<FrequencySetup> = fc.record({
  limit: fc.constantFrom(10, 3, 50),
  whenFull: fc.constantFrom('lose', 'lose', 'lose', 'block'),
  tickers: count,
  stages: fc.constantFrom('none', 'events', 'batches', 'both'),
  isLooped: fc.constantFrom(false, false, true),
})

const setup: fc.Arbitrary<Setup> = fc.record({
  layout: fc.constantFrom('one', 'own', 'two', 'dedicated'),
  startMs: fc
    .tuple(fc.constantFrom(...moments), fc.constantFrom(20, 0, 300, 2_000))
    .map(([momentMs, beforeMs]) => momentMs - beforeMs),
  turnMs: fc.constantFrom(quickTurnMs, quickTurnMs, 3),
  inboxBytes: fc.constantFrom(262_144, 700, 200),
  turnBytes: fc.constantFrom(32_768, 200, 1),
  latencyMs: fc.constantFrom(0, 3),
  // Longer than the way there and back, or nothing were ever answered in time.
  ackLimitMs: fc.constantFrom(25, 9),
  channelsPerMessage: fc.constantFrom(400, 2, 1),
  chunkPauseMs: fc.constantFrom(0, 1),
  budget: fc.constantFrom(0, 0, 0, 1, 2),
  // Never 0 for good: a server that is down would be asked for ever in one moment.
  random: fc.constantFrom(0.5, 0.02, 0.25, 0.999),
  frequencies: fc.record({ per_second: frequency, per_minute: frequency, fair_market_value: frequency }),
  ending: fc.constantFrom('mended', 'mended', 'mended', 'abrupt'),
})

const acks = fc.record(
  {
    lateMs: fc.constantFrom(0, 2, 10, 30, 60),
    order: fc.constantFrom('asked', 'reversed', 'errorsFirst', 'errorsLast'),
    isApart: fc.boolean(),
    times: fc.constantFrom(1, 2),
    isErrorShared: fc.boolean(),
    isLost: fc.constantFrom(false, false, true),
  },
  { requiredKeys: [] },
)

const deed = (weight: number, arbitrary: fc.Arbitrary<Deed>) => ({ weight, arbitrary })
const plain = (weight: number, ...deeds: readonly (Deed & { readonly at: Name })['do'][]) =>
  deed(
    weight,
    fc.tuple(fc.constantFrom(...deeds), name).map(([what, at]) => ({ do: what, at }) as Deed),
  )

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  deed(
    26,
    fc.record({
      do: fc.constant('send' as const),
      types: fc.subarray([...eventTypes], { minLength: 1 }),
      each: fc.constantFrom(1, 2, 6),
      ticker,
    }),
  ),
  deed(
    4,
    fc
      .tuple(type, fc.constantFrom(3, 12), fc.constantFrom(1, 4))
      .map(([of, frames, each]) => ({ do: 'flood', at: ownerOf[of], type: of, frames, each })),
  ),
  plain(2, 'repeat'),
  plain(2, 'leak'),
  plain(7, 'lose'),
  plain(3, 'evict'),
  plain(2, 'forceDisconnect'),
  plain(2, 'slowConsumer'),
  plain(3, 'halfOpen'),
  plain(1, 'tooLarge'),
  deed(4, fc.record({ do: fc.constant('garbage' as const), at: name, kind: fc.constantFrom(...garbageKinds) })),
  deed(
    4,
    fc.record({ do: fc.constant('close' as const), at: name, code: fc.constantFrom(1000, 1001, 1008, 1011, 1013) }),
  ),
  deed(4, fc.record({ do: fc.constant('stall' as const), at: name, ms: fc.constantFrom(2, 20, 100, 300) })),
  deed(
    5,
    fc.record({
      do: fc.constantFrom('refuse', 'ignore'),
      at: name,
      what: fc.constantFrom('all' as const, ...tickers),
      ms: holdMs,
    }),
  ),
  deed(
    3,
    fc.record({
      do: fc.constant('key' as const),
      at: name,
      key: fc.constantFrom('refused', 'unanswered', 'timedOut'),
      ms: holdMs,
    }),
  ),
  deed(3, fc.record({ do: fc.constantFrom('down', 'mute'), at: name, ms: holdMs })),
  deed(5, fc.record({ do: fc.constant('acks' as const), at: name, acks, ms: holdMs })),
  deed(
    2,
    fc.record({
      do: fc.constant('connectionsMax' as const),
      max: fc.constantFrom(1, 2),
      evicts: fc.constantFrom('older', 'newer'),
      ms: holdMs,
    }),
  ),
  deed(8, fc.record({ do: fc.constant('pull' as const), at: name, max: fc.constantFrom(1, 3, 50) })),
  plain(3, 'commit', 'commitOne'),
  plain(2, 'rewind'),
  plain(2, 'leave', 'comeBack'),
  deed(2, fc.record({ do: fc.constant('loopThrows' as const), at: name, times: fc.constantFrom(1, 3) })),
  deed(
    6,
    fc.record({
      do: fc.constant('operator' as const),
      at: name,
      fault: fc.constantFrom('throws', 'refuses', 'rubbish', 'completes', 'timer', 'swallows'),
      times: fc.constantFrom(1, 2, 7),
    }),
  ),
  plain(4, 'stop'),
  plain(4, 'start'),
  deed(4, fc.record({ do: fc.constant('tickers' as const), at: name, tickers: count })),
  plain(3, 'restart'),
  deed(
    3,
    fc.record({
      do: fc.constant('setOperators' as const),
      at: name,
      stages: fc.constantFrom('none', 'events', 'batches', 'both'),
    }),
  ),
  deed(
    5,
    fc.record({
      do: fc.constant('change' as const),
      at: name,
      to: fc.constantFrom('own', 'shared', 'key', 'tickers', 'types'),
      isWhole: fc.boolean(),
    }),
  ),
)

/**
 * Deeds that go together. A scenario has only some of the groups, so that what is in it meets more often than when everything is
 * in each.
 */
const groups: Readonly<Record<string, readonly Deed['do'][]>> = {
  drops: ['lose', 'close', 'tooLarge'],
  endings: ['forceDisconnect', 'slowConsumer'],
  silences: ['stall', 'halfOpen'],
  doors: ['key', 'down', 'mute'],
  answers: ['refuse', 'ignore', 'acks'],
  data: ['garbage', 'leak', 'repeat', 'flood'],
  readers: ['pull', 'commit', 'commitOne', 'rewind', 'leave', 'comeBack', 'loopThrows'],
  operators: ['operator', 'setOperators'],
  host: ['stop', 'start', 'tickers', 'restart'],
  plans: ['change', 'connectionsMax', 'evict'],
}
const groupOf = new Map(Object.entries(groups).flatMap(([group, list]) => list.map((what) => [what, group] as const)))

const step: fc.Arbitrary<Step> = fc.record({
  waitMs: fc.constantFrom(1, 0, 0, 2, 5, 5, 12, 30, 30, 100, 700),
  deed: deeds,
})

const after = (waitMs: fc.Arbitrary<number>, what: fc.Arbitrary<Deed>): fc.Arbitrary<Step> =>
  fc.record({ waitMs, deed: what })

const aFrame: fc.Arbitrary<Deed> = fc.record({
  do: fc.constant('send' as const),
  types: fc.constant(eventTypes),
  each: fc.constantFrom(1, 2),
  ticker: fc.constant('AAPL' as const),
})

const anEnd: fc.Arbitrary<Deed> = fc.oneof(
  fc.constantFrom<Deed>(
    { do: 'lose', at: focus },
    { do: 'close', at: focus, code: 1001 },
    { do: 'forceDisconnect', at: focus },
    { do: 'halfOpen', at: focus },
    { do: 'stall', at: focus, ms: 20 },
  ),
)

const anOperatorFault: fc.Arbitrary<Deed> = fc.record({
  do: fc.constant('operator' as const),
  at: fc.constant(focus),
  fault: fc.constantFrom('throws', 'refuses', 'rubbish', 'completes', 'timer'),
  times: fc.constantFrom(1, 7),
})

const aReader: fc.Arbitrary<Deed> = fc.constantFrom<Deed>(
  { do: 'pull', at: focus, max: 3 },
  { do: 'pull', at: focus },
  { do: 'rewind', at: focus },
  { do: 'commitOne', at: focus },
  { do: 'commit', at: focus },
)

/** Single steps would seldom come so close. */
const flurries: readonly fc.Arbitrary<readonly Step[]>[] = [
  // Hits again while the last blow is being mended.
  fc.tuple(
    after(fc.constantFrom(1, 5), deeds),
    after(fc.constantFrom(1, 0), anEnd),
    after(fc.constantFrom(12, 5, 30), aFrame),
    after(fc.constantFrom(5, 1, 2), aFrame),
    after(fc.constantFrom(1, 0, 2), anEnd),
  ),
  // A fault above a link, and one of a link after it.
  fc.tuple(
    after(fc.constantFrom(1, 5), anOperatorFault),
    after(fc.constantFrom(1, 0), aFrame),
    after(fc.constantFrom(1, 5), anEnd),
    after(fc.constantFrom(12, 30), aFrame),
  ),
  // A reader that has something, and what it does with it.
  fc.tuple(
    after(fc.constantFrom(1, 5), aFrame),
    after(fc.constantFrom(1, 0), aReader),
    after(fc.constantFrom(1, 0), aReader),
    after(fc.constantFrom(1, 0), aReader),
  ),
]

const aimed = (what: Deed, at: Name): Deed => ('at' in what && what.at === focus ? { ...what, at } : what)

/**
 * A server that does what it was asked and does not say so, and then does not do it and does not say so either, cannot be told from one
 * that did it all the time: nothing on the wire could. So answers get lost only where no channel is ignored, or refused too late.
 */
const decidable = (steps: readonly Step[]): readonly Step[] =>
  steps.some(({ deed: what }) => what.do === 'ignore' || what.do === 'refuse')
    ? steps.map((one) =>
        one.deed.do === 'acks' ? { ...one, deed: { ...one.deed, acks: { ...one.deed.acks, isLost: false } } } : one,
      )
    : steps

/** Scenarios of up to so many steps. They shrink towards fewer and plainer ones. */
export const scenarios = (stepsMax = 40): fc.Arbitrary<Scenario> =>
  fc
    .record({
      setup,
      worst: fc.constantFrom(...frequencyNames),
      without: fc.subarray(Object.keys(groups)),
      // Nothing in it for which the others may differ, so that a run without the faults of the worst can be compared.
      isComparable: fc.boolean(),
      // No wait is longer: where all is quick, the next fault comes while the last one is being mended.
      longestMs: fc.constantFrom(700, 30, 5, 2),
      // Some fall out with their group.
      steps: fc
        .array(
          fc.oneof(
            { weight: 12, arbitrary: step.map((one) => [one]) },
            { weight: 1, arbitrary: fc.oneof(...flurries) },
          ),
          {
            minLength: 1,
            maxLength: 2 * stepsMax,
            size: 'max',
          },
        )
        .map((parts) => parts.flat()),
    })
    .map(({ setup: made, worst, without, isComparable, longestMs, steps }) => {
      const absent = isComparable ? [...without, 'plans'] : without
      return {
        setup: {
          ...made,
          ...(isComparable ? { turnMs: quickTurnMs } : {}),
          // A budget that does not suffice leaves a frequency without a link, for good: here all can share one.
          budget: made.layout === 'dedicated' && absent.includes('plans') && !isComparable ? made.budget : 0,
        },
        worst,
        steps: decidable(
          steps
            .filter(({ deed: { do: what } }) => !absent.includes(groupOf.get(what) ?? ''))
            .slice(0, stepsMax)
            .map(({ waitMs, deed: what }) => ({ waitMs: Math.min(waitMs, longestMs), deed: aimed(what, worst) })),
        ),
      }
    })
