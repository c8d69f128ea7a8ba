import type { LedgerRow, LedgerSnapshot } from '../../streams/ledger.ts'
import type { FrequencyHealth, Health } from '../ops/health.ts'

/** What one table is drawn from. */
export interface Look {
  readonly health: Health
  readonly ledger: LedgerSnapshot
}

/** 12,034 */
export const whole = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 0 })

/** 1,003, but 1.7: a bar a minute is not nothing. */
const rate = (value: number): string =>
  value > 0 && value < 10 ? value.toLocaleString('en-US', { maximumFractionDigits: 1 }) : whole(value)

/** 12.3 MB; decimal units, as networks have them. */
export const bytes = (value: number): string => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let at = 0
  let left = value
  while (left >= 1000 && at < units.length - 1) {
    left /= 1000
    at += 1
  }
  return `${left.toLocaleString('en-US', { maximumFractionDigits: at === 0 ? 0 : 1 })} ${units[at] ?? ''}`
}

const sum = (numbers: readonly number[]): number => numbers.reduce((so, number) => so + number, 0)

interface Row {
  readonly name: string
  readonly state: string
  readonly perSecond: number
  readonly events: number
  readonly retained: number
  readonly delivered: number
  readonly lost: number
}

const rowOf = (frequency: FrequencyHealth, before: FrequencyHealth | undefined, elapsedMs: number): Row => {
  const { name, state, emitted, lanes } = frequency
  const readers = lanes.flatMap((lane) => lane.readers)

  return {
    name,
    state: state.word,
    perSecond: elapsedMs > 0 ? ((emitted - (before?.emitted ?? 0)) * 1000) / elapsedMs : 0,
    events: emitted,
    retained: sum(lanes.map((lane) => lane.retained)),
    delivered: sum(readers.map(({ committed }) => committed)),
    lost: sum(readers.map(({ lost }) => lost)),
  }
}

const heading = ['frequency', 'state', 'events/s', 'events', 'retained', 'delivered', 'lost'] as const

/** Columns as wide as their widest cell; numbers to the right. */
export const aligned = (rows: readonly (readonly string[])[], leftMost: number): readonly string[] => {
  const widths = rows.reduce<readonly number[]>(
    (so, row) => row.map((cell, i) => Math.max(cell.length, so[i] ?? 0)),
    [],
  )
  return rows.map((row) =>
    row
      .map((cell, i) => (i < leftMost ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

const figure = (rows: readonly LedgerRow[], kind: LedgerRow['kind'], name: string): number =>
  sum(rows.filter((row) => row.kind === kind).map(({ figures }) => figures[name] ?? 0))

const isOpen = ({ kind, name }: LedgerRow): boolean => kind === 'client' && name !== '(closed)'

const linksLine = ({ links, frequencies, balanced }: Health): string => {
  const live = links.filter(({ state }) => state.kind === 'live').length
  const pausedMs = sum(links.map((link) => link.pausedMs))
  const parts = [
    `${live} of ${links.length} live`,
    `${bytes(sum(links.map((link) => link.bytes)))} received`,
    `rejected ${whole(sum(links.map(({ rejected, broken }) => rejected + broken)))}`,
    `dead letters ${whole(sum(frequencies.map(({ deadLetters }) => deadLetters)))}`,
    `gaps ${whole(sum(frequencies.map(({ gaps }) => gaps)))}`,
    ...(pausedMs > 0 ? [`paused ${whole(pausedMs)} ms`] : []),
    ...(balanced ? [] : ['ledger NOT balanced']),
  ]
  return `links    ${parts.join(', ')}`
}

const clientsLine = ({ rows }: LedgerSnapshot): string => {
  const parts = ['sent', 'queued', 'dropped', 'abandoned'].map(
    (name) => `${name} ${whole(figure(rows, 'client', name))}`,
  )
  return `clients  ${rows.filter(isOpen).length} connected, ${parts.join(', ')}`
}

/**
 * The frequencies of an engine, its links and its clients as lines, the same number of them each time save for the reasons
 * at the end. docs/cli.md says what each figure counts.
 *
 * `before` is what the last table was drawn from: events/s is about the time between the two, or since the start.
 */
export const tableOf = (now: Look, before?: Look): readonly string[] => {
  const { health, ledger } = now
  const sinceMs = before?.health.nowMs ?? health.startedMs ?? health.nowMs
  const rows = health.frequencies.map((frequency) =>
    rowOf(
      frequency,
      before?.health.frequencies.find(({ name }) => name === frequency.name),
      health.nowMs - sinceMs,
    ),
  )
  const cells = rows.map(({ name, state, perSecond, events, retained, delivered, lost }) => [
    name,
    state,
    rate(perSecond),
    ...[events, retained, delivered, lost].map(whole),
  ])
  const reasons = health.frequencies.flatMap(({ name, state: { word, reason } }) =>
    reason === undefined || word === 'live' ? [] : [`${name} is ${word}: ${reason}`],
  )

  return [...aligned([heading, ...cells], 2), linksLine(health), clientsLine(ledger), ...reasons]
}

/** 75 s as 1 min 15 s. */
export const duration = (ms: number): string => {
  const seconds = Math.max(Math.round(ms / 1000), 0)
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  if (hours > 0) return `${hours} h ${minutes % 60} min`
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
}

/** The way of an event. */
const flow: readonly LedgerRow['kind'][] = [
  'link',
  'stream',
  'pipe',
  'output',
  'lane',
  'reader',
  'cohort',
  'client',
  'recording',
]

/** Rows of one kind that are written out; a publisher may have had thousands of clients. */
const rowsMax = 8

/**
 * A ledger for people, and whether it balances. Figures of 0 are left out; of a kind with very many rows the rest stand as
 * one.
 */
export const ledgerLines = (ledger: LedgerSnapshot): readonly string[] => {
  const kinds = [...new Set([...flow, ...ledger.rows.map(({ kind }) => kind)])]
  const rows = kinds.flatMap((kind) => {
    const own = ledger.rows.filter((row) => row.kind === kind)
    const shown = own.length === rowsMax + 1 ? own : own.slice(0, rowsMax)
    const rest = own.slice(shown.length)
    const names = Object.keys(rest[0]?.figures ?? {})
    const figures = Object.fromEntries(names.map((name) => [name, sum(rest.map((row) => row.figures[name] ?? 0))]))
    return rest.length === 0 ? shown : [...shown, { kind, name: `(${rest.length} more)`, figures }]
  })
  const cells = rows.map(({ kind, name, figures }) => {
    const told = Object.entries(figures).filter(([, value]) => value !== 0)
    return [kind, name, told.map(([label, value]) => `${label} ${whole(value)}`).join(', ') || 'nothing']
  })

  return [
    `ledger: ${ledger.balanced ? 'balanced' : 'NOT balanced'}`,
    ...aligned(cells, 3).map((line) => `  ${line}`),
    ...imbalances(ledger),
  ]
}

const imbalances = (ledger: LedgerSnapshot): readonly string[] => {
  try {
    ledger.assertBalanced()
    return []
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split('\n')
  }
}
