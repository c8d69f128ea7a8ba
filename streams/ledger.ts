/**
 * Counters that must balance: what came into a part equals what left it, what it still holds and what it says it lost.
 *
 * One line per equation, one kind per part of the engine; `docs/architecture.md` says what each figure counts. Figures
 * are events unless the name says frames, elements or statuses; those of a recording are frames.
 */
const equations = {
  link: [
    ['frames', '=', 'parsed', 'broken', 'inInbox', 'abandoned'],
    ['elements', '=', 'events', 'statuses', 'rejected'],
    ['events', '=', 'offered', 'unwanted', 'inHand'],
  ],
  stream: [['offered', '=', 'passed', 'deadLettered', 'inHand']],
  pipe: [['offered', '=', 'passed', 'deadLettered', 'inHand']],
  output: [['emitted', '=', 'toLanes', 'refused']],
  lane: [
    ['emitted', 'backfilled', '=', 'appended', 'backlog'],
    ['appended', '=', 'retained', 'expired'],
  ],
  reader: [['offered', '=', 'committed', 'inFlight', 'waiting', 'lost', 'abandoned']],
  cohort: [['offered', '=', 'encoded', 'held', 'refused', 'abandoned']],
  recording: [['offered', '=', 'written', 'queued', 'dropped']],
  client: [['offered', '=', 'sent', 'queued', 'conflated', 'dropped', 'abandoned']],
} as const

/** What leaves one kind of part must have arrived at the next: sums over all rows of the kind. */
const handovers = [
  { from: ['link', 'offered'], to: ['stream', 'offered'] },
  { from: ['output', 'toLanes'], to: ['lane', 'emitted'] },
] as const

type Equations = typeof equations
export type LedgerKind = keyof Equations

/** The figures a part of that kind keeps, by name. More may stand beside them; these must add up. */
export type Figures<K extends LedgerKind> = Readonly<Record<Exclude<Equations[K][number][number], '='>, number>>

export interface LedgerRow {
  readonly kind: LedgerKind
  readonly name: string
  readonly figures: Readonly<Record<string, number>>
}

/** The ledger at one moment. `assertBalanced` throws `LedgerImbalance` with every row that does not add up. */
export interface LedgerSnapshot {
  readonly rows: readonly LedgerRow[]
  readonly balanced: boolean
  assertBalanced(): void
}

export class LedgerImbalance extends Error {
  readonly _tag = 'LedgerImbalance'
  readonly rows: readonly string[]

  constructor(rows: readonly string[]) {
    super(`the ledger does not balance:\n  ${rows.join('\n  ')}`)
    this.name = 'LedgerImbalance'
    this.rows = rows
  }
}

export interface Ledger {
  /**
   * Opens a row that reads its figures when asked. The returned function closes it: its last figures join the one row
   * `(closed)` of its kind, which keeps the sums right and the ledger bounded however many clients come and go.
   */
  open<K extends LedgerKind>(kind: K, name: string, read: () => Figures<K>): () => void
  snapshot(): LedgerSnapshot
}

export const createLedger = (): Ledger => {
  const open = new Set<{
    readonly kind: LedgerKind
    readonly name: string
    readonly read: () => LedgerRow['figures']
  }>()
  const closed = new Map<LedgerKind, LedgerRow['figures']>()

  return {
    open: (kind, name, read) => {
      const entry = { kind, name, read }
      open.add(entry)
      return () => {
        if (open.delete(entry)) closed.set(kind, sum([closed.get(kind) ?? {}, read()]))
      }
    },
    snapshot: () => {
      const rows: LedgerRow[] = []
      for (const { kind, name, read } of open) rows.push({ kind, name, figures: { ...read() } })
      for (const [kind, figures] of closed) rows.push({ kind, name: '(closed)', figures })
      const wrong = imbalances(rows)

      return {
        rows,
        balanced: wrong.length === 0,
        assertBalanced: () => {
          if (wrong.length > 0) throw new LedgerImbalance(wrong)
        },
      }
    },
  }
}

const imbalances = (rows: readonly LedgerRow[]): readonly string[] => {
  const wrong: string[] = []

  for (const { kind, name, figures } of rows) {
    for (const equation of equations[kind]) {
      const middle = (equation as readonly string[]).indexOf('=')
      const left = equation.slice(0, middle)
      const right = equation.slice(middle + 1)
      const negative = [...left, ...right].some((field) => !((figures[field] ?? NaN) >= 0))
      if (negative || total(figures, left) !== total(figures, right)) {
        wrong.push(`${kind} ${name}: ${written(figures, left)} is not ${written(figures, right)}`)
      }
    }
  }

  for (const { from, to } of handovers) {
    const left = sumOf(rows, from)
    const right = sumOf(rows, to)
    if (left !== right) wrong.push(`all ${from.join('.')} ${String(left)} is not all ${to.join('.')} ${String(right)}`)
  }

  return wrong
}

const total = (figures: LedgerRow['figures'], fields: readonly string[]): number =>
  fields.reduce((so, field) => so + (figures[field] ?? NaN), 0)

const written = (figures: LedgerRow['figures'], fields: readonly string[]): string =>
  fields.map((field) => `${field} ${String(figures[field])}`).join(' + ')

const sumOf = (rows: readonly LedgerRow[], [kind, field]: readonly [LedgerKind, string]): number =>
  rows.filter((row) => row.kind === kind).reduce((so, row) => so + (row.figures[field] ?? 0), 0)

const sum = (parts: readonly LedgerRow['figures'][]): LedgerRow['figures'] => {
  const so: Record<string, number> = {}
  for (const part of parts) {
    for (const [field, value] of Object.entries(part)) so[field] = (so[field] ?? 0) + value
  }
  return so
}
