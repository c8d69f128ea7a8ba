import type { FrequencyHealth, Health, LatencyHealth, LinkHealth, Verdict } from '../ops/health.ts'
import { bytes, clock, count, duration, rate } from '../words.ts'
import { colour, fit, roomOf } from './fit.ts'

export interface BoardOptions {
  /** What fits in a line. */
  readonly width: number
  /** Whether it may be coloured. */
  readonly isColoured: boolean
  /** Events/s of earlier looks, oldest first. */
  readonly ratesOf: (frequency: string) => readonly number[]
}

const marks: Readonly<Record<Verdict | 'off', string>> = { ok: '●', degraded: '▲', down: '■', off: '○' }
const codes: Readonly<Record<Verdict | 'off', number>> = { ok: 32, degraded: 33, down: 31, off: 90 }
const titles: Readonly<Record<Verdict, string>> = { ok: 'all is well', degraded: 'degraded', down: 'down' }

/** Reasons that are written out. */
const reasonsMax = 8
const steps = '▁▂▃▄▅▆▇█'
const sparkWidth = 16

/** The last values as blocks, from 0 to the highest of them. */
export const sparkOf = (values: readonly number[]): string => {
  const shown = values.slice(-sparkWidth)
  const top = Math.max(...shown, 0)
  if (top === 0) return steps.charAt(0).repeat(shown.length)
  return shown.map((value) => steps.charAt(Math.round((value / top) * (steps.length - 1)))).join('')
}

const pair = (percentiles: LatencyHealth['received']): string =>
  percentiles === null ? '–' : `${duration(percentiles.p50)} / ${duration(percentiles.p99)}`

const behindOf = ({ lanes }: FrequencyHealth): string => {
  const worst = lanes
    .flatMap((lane) => lane.readers.map(({ name, lag }) => ({ name, lag, limit: lane.limit })))
    .sort((a, b) => b.lag / b.limit - a.lag / a.limit)[0]
  if (worst === undefined) return 'no reader'
  return worst.lag === 0 ? '0' : `${worst.name} ${count(worst.lag)} of ${count(worst.limit)}`
}

const lostOf = ({ lanes, deadLetters, rejected }: FrequencyHealth): string => {
  const lost = lanes.flatMap(({ readers }) => readers).reduce((sum, reader) => sum + reader.lost, 0)
  const told = [
    lost > 0 ? `${count(lost)} by readers` : '',
    deadLetters > 0 ? `${count(deadLetters)} dead letters` : '',
    rejected > 0 ? `${count(rejected)} rejects` : '',
  ].filter((text) => text !== '')
  return told.length === 0 ? '0' : told.join(', ')
}

const gapOf = ({ lastGap, gaps }: FrequencyHealth, nowMs: number): string => {
  if (lastGap === undefined) return 'none'
  const { fromMs, toMs } = lastGap
  const length = duration(Math.max((toMs ?? nowMs) - fromMs, 0))
  return toMs === undefined ? `open for ${length}` : `${clock(fromMs)}, ${length}${gaps > 1 ? ` (${count(gaps)})` : ''}`
}

interface Column {
  readonly title: string
  /** Where there is no room, the highest goes first. */
  readonly rank: number
  readonly isNumber?: boolean
  readonly cell: (frequency: FrequencyHealth) => string
}

const columnsOf = (nowMs: number, { isColoured, ratesOf }: BoardOptions): readonly Column[] => [
  { title: 'frequency', rank: 0, cell: ({ name }) => name },
  {
    title: 'state',
    rank: 0,
    cell: ({ state, status }) => {
      const tone = state.word === 'stopped' ? 'off' : status
      const text = `${marks[tone]} ${state.word}`
      return isColoured ? colour(codes[tone], text) : text
    },
  },
  { title: 'events/s', rank: 1, isNumber: true, cell: ({ eventsPerSecond }) => rate(eventsPerSecond) },
  { title: '', rank: 7, cell: ({ name }) => sparkOf(ratesOf(name)) },
  { title: 'feed p50/p99', rank: 5, cell: ({ latency }) => pair(latency.received) },
  { title: 'engine p50/p99', rank: 6, cell: ({ latency }) => pair(latency.appended) },
  { title: 'behind', rank: 3, cell: behindOf },
  { title: 'lost', rank: 2, cell: lostOf },
  { title: 'last gap', rank: 4, cell: (frequency) => gapOf(frequency, nowMs) },
]

/** Columns as wide as their widest cell; those that do not fit are left out, the least important first. */
const grid = (
  columns: readonly Column[],
  frequencies: readonly FrequencyHealth[],
  width: number,
): readonly string[] => {
  const drawn = columns.map((column) => {
    const cells = [column.title, ...frequencies.map(column.cell)]
    return { column, cells, room: Math.max(...cells.map(roomOf)) }
  })
  const kept = [...drawn]
  const needs = (): number => kept.reduce((sum, { room }) => sum + room + 2, -2)
  while (needs() > width && kept.some(({ column }) => column.rank > 0)) {
    const rank = Math.max(...kept.map(({ column }) => column.rank))
    kept.splice(
      kept.findIndex(({ column }) => column.rank === rank),
      1,
    )
  }
  return ['', ...frequencies].map((_, i) =>
    kept
      .map(({ column, cells, room }) => {
        const text = cells[i] ?? ''
        const gap = ' '.repeat(room - roomOf(text))
        return column.isNumber === true ? gap + text : text + gap
      })
      .join('  ')
      .trimEnd(),
  )
}

const linkLine = (link: LinkHealth, nowMs: number): string =>
  [
    `link ${link.host}`,
    `${link.state.kind} for ${duration(Math.max(nowMs - link.sinceMs, 0))}`,
    ...(link.nextTryMs === undefined ? [] : [`next try in ${duration(Math.max(link.nextTryMs - nowMs, 0))}`]),
    `${rate(link.framesPerSecond)} frames/s`,
    `${bytes(link.bytesPerSecond)}/s`,
    ...(link.roundTripMs === undefined ? [] : [`round trip ${duration(link.roundTripMs)}`]),
    link.frequencies.join(' '),
  ].join('  ')

const headLine = (health: Health, isColoured: boolean): string => {
  const { status, nowMs, startedMs } = health
  const verdict = `${marks[status]} ${titles[status]}`
  return [
    isColoured ? colour(codes[status], verdict) : verdict,
    clock(nowMs),
    startedMs === null ? 'not started' : `running for ${duration(Math.max(nowMs - startedMs, 0))}`,
    health.balanced ? 'ledger balanced' : 'ledger NOT balanced',
    `loop late by ${duration(health.loop.p99Ms)}`,
    `${bytes(health.memory.heapUsed)} heap`,
  ].join('  ')
}

/**
 * An engine's health as lines, the same rows as the page's: the verdict and why, the frequencies, the links. None is longer
 * than `width`: where there is no room columns go, and sentences end in an ellipsis.
 */
export const boardOf = (health: Health, options: BoardOptions): readonly string[] => {
  const { width, isColoured } = options
  const { reasons, frequencies, links, nowMs } = health
  const more = reasons.length - reasonsMax
  const lines = [
    headLine(health, isColoured),
    ...reasons.slice(0, reasonsMax).map((reason) => `  ${reason}`),
    ...(more > 0 ? [`  and ${count(more)} more`] : []),
    '',
    ...grid(columnsOf(nowMs, options), frequencies, width),
    '',
    ...links.map((link) => linkLine(link, nowMs)),
  ]
  return lines.map((line) => fit(line, width))
}

/** The same for where nothing can be drawn again: a line for each frequency, with the time. */
export const plainLinesOf = (health: Health): readonly string[] =>
  health.frequencies.map((frequency) =>
    [
      clock(health.nowMs),
      frequency.name,
      frequency.state.word,
      frequency.status,
      `${rate(frequency.eventsPerSecond)} events/s`,
      `feed ${pair(frequency.latency.received)}`,
      `engine ${pair(frequency.latency.appended)}`,
      `behind ${behindOf(frequency)}`,
      `lost ${lostOf(frequency)}`,
      `last gap ${gapOf(frequency, health.nowMs)}`,
      ...frequency.why,
    ].join('  '),
  )
