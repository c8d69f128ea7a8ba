import type { Lag } from './lag.ts'
import type { Look } from './look.ts'

/** One line of the table, about the time since the line before; sums are since the start. */
export interface Line {
  readonly seconds: number
  readonly eventsPerSecond: number
  readonly heapMb: number
  readonly rssMb: number
  readonly timers: number
  readonly handles: number
  readonly listeners: number
  readonly lagP50Ms: number
  readonly lagP99Ms: number
  readonly reconnects: number
  readonly gapsOpened: number
  readonly gapsClosed: number
  readonly lostBySlow: number
  readonly imbalance: readonly string[]
}

const tenths = (number: number): number => Math.round(number * 10) / 10

/** `looks` are those since `before`, the last one included. */
export const lineOf = (looks: readonly Look[], before: Look, lag: Lag): Line => {
  const now = looks.at(-1) ?? before
  const seconds = (now.atMs - before.atMs) / 1000

  return {
    seconds: tenths(now.atMs / 1000),
    eventsPerSecond: seconds === 0 ? 0 : Math.round((now.events - before.events) / seconds),
    heapMb: tenths(now.heapBytes / 2 ** 20),
    rssMb: tenths(now.rssBytes / 2 ** 20),
    timers: now.timers,
    handles: now.handles,
    listeners: now.listeners,
    lagP50Ms: tenths(lag.p50Ms),
    lagP99Ms: tenths(lag.p99Ms),
    reconnects: now.reconnects,
    gapsOpened: now.gapsOpened,
    gapsClosed: now.gapsClosed,
    lostBySlow: now.lostBySlow,
    imbalance: looks.flatMap(({ imbalance }) => imbalance),
  }
}

const whole = (number: number): string => number.toLocaleString('en-US')

const clock = (seconds: number): string => {
  const rounded = Math.round(seconds)
  return `${Math.floor(rounded / 60)}:${String(rounded % 60).padStart(2, '0')}`
}

const columns: readonly (readonly [heading: string, width: number, cell: (line: Line) => string])[] = [
  ['time', 6, ({ seconds }) => clock(seconds)],
  ['events/s', 10, ({ eventsPerSecond }) => whole(eventsPerSecond)],
  ['heap MB', 9, ({ heapMb }) => heapMb.toFixed(1)],
  ['rss MB', 8, ({ rssMb }) => rssMb.toFixed(0)],
  ['timers', 8, ({ timers }) => String(timers)],
  ['handles', 9, ({ handles }) => String(handles)],
  ['listeners', 11, ({ listeners }) => String(listeners)],
  ['lag p50', 9, ({ lagP50Ms }) => lagP50Ms.toFixed(1)],
  ['p99 ms', 8, ({ lagP99Ms }) => lagP99Ms.toFixed(1)],
  ['reconnects', 12, ({ reconnects }) => whole(reconnects)],
  ['gaps open/closed', 18, ({ gapsOpened, gapsClosed }) => `${gapsOpened - gapsClosed}/${gapsClosed}`],
  ['lost by slow', 14, ({ lostBySlow }) => whole(lostBySlow)],
]

export const heading = `${columns.map(([name, width]) => name.padStart(width)).join('')}  ledger`

export const textOf = (line: Line): string =>
  `${columns.map(([, width, cell]) => cell(line).padStart(width)).join('')}  ${
    line.imbalance.length === 0 ? 'balanced' : line.imbalance.join('; ')
  }`
