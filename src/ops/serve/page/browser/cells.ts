import type { FrequencyHealth, LatencyHealth } from '../../../health.ts'
import { h } from './dom.ts'
import { lossesOf } from './history.ts'
import { wordMark } from './marks.ts'
import { clock, count, duration, plural, rate } from '../../../../words.ts'

type Cells = (string | Node)[]

const small = (text: string): HTMLElement => h('small', {}, text)

/** The word, and the first of the reasons; the others are in the row's detail. */
export const stateCell = ({ state, status, why, sinceMs }: FrequencyHealth, nowMs: number): Cells => {
  const [first, ...others] = why
  const more = others.length > 0 ? ` (and ${plural(others.length, 'reason')} more)` : ''
  return [
    wordMark(state.word, status),
    small(first === undefined ? `for ${duration(Math.max(nowMs - sinceMs, 0))}` : `${first}${more}`),
  ]
}

export const rateCell = ({ eventsPerSecond, lastArrivalMs }: FrequencyHealth, nowMs: number): Cells => [
  h('b', {}, rate(eventsPerSecond)),
  small(lastArrivalMs === undefined ? 'no event yet' : `last ${duration(Math.max(nowMs - lastArrivalMs, 0))} ago`),
]

const step = (name: string, percentiles: LatencyHealth['received']): HTMLElement =>
  h(
    'span',
    { class: 'step' },
    small(name),
    ' ',
    percentiles === null ? '–' : `${duration(percentiles.p50)} / ${duration(percentiles.p99)}`,
  )

/** Half of the events take less than the first figure, ninety-nine in a hundred less than the second. */
export const latencyCell = ({ latency }: FrequencyHealth): Cells => [
  step('feed', latency.received),
  step('engine', latency.appended),
  ...(latency.aheadMs > 0 ? [small(`vendor’s clock ${duration(latency.aheadMs)} ahead`)] : []),
]

/** How far the slowest reader is behind, against what the lane keeps. */
export const laneCell = ({ lanes }: FrequencyHealth): Cells =>
  lanes.flatMap((lane) => {
    const slowest = [...lane.readers].sort((a, b) => b.lag - a.lag)[0]
    const lag = slowest?.lag ?? 0
    const share = Math.min(lag / lane.limit, 1)
    const who = slowest === undefined ? 'nobody reads it' : `${slowest.name}: ${count(lag)} behind`
    return [
      h('meter', {
        min: 0,
        max: lane.limit,
        low: lane.limit * 0.5,
        high: lane.limit * 0.9,
        optimum: 0,
        value: lag,
        'aria-label': `${lane.eventType}: the slowest reader is ${count(lag)} of ${count(lane.limit)} events behind`,
        class: share >= 0.9 ? 'full' : '',
      }),
      small(`${lane.eventType} ${count(lane.retained)} kept · ${who}`),
    ]
  })

export const lossCell = (frequency: FrequencyHealth): Cells => {
  const losses = Object.entries(lossesOf(frequency)).filter(([, n]) => n > 0)
  if (losses.length === 0) return [small('none')]
  return losses.map(([what, n]) => h('span', { class: 'loss' }, h('b', {}, count(n)), ' ', small(what)))
}

export const gapCell = ({ gaps, lastGap }: FrequencyHealth, nowMs: number): Cells => {
  if (lastGap === undefined) return [small('none')]
  const { fromMs, toMs, cause } = lastGap
  const length = duration(Math.max((toMs ?? nowMs) - fromMs, 0))
  return [
    toMs === undefined ? h('b', { class: 'open' }, `open for ${length}`) : h('span', {}, `${clock(fromMs)}, ${length}`),
    small(`${plural(gaps, 'gap')} in all · ${cause}`),
  ]
}
