/** A list of a message. */
export interface Place {
  /** Equal for equal places. */
  readonly kind: string
  /** The frequency as messages call it. */
  readonly frequency: string
  readonly list: string
  /** Of the two lists that go by direction. */
  readonly side?: 'up' | 'down'
}

/** Frequencies as messages call them: `fmv` where the engine says `fair_market_value`. */
export const calledInMessages = (frequency: string): string => (frequency === 'fair_market_value' ? 'fmv' : frequency)

const detected = ['highs', 'lows', 'trending', 'surging'] as const
const ownLists: Readonly<Record<string, readonly string[]>> = {
  per_second: [...detected, 'ticks'],
  per_minute: ['aggregates', ...detected],
  fmv: ['fmv_events', 'valuation_alerts'],
}

/** Lists that a message has of a frequency even when they are empty. */
export const listsOf = (frequency: string): readonly string[] => ownLists[frequency] ?? []

export const isTwoSided = (list: string): boolean => list === 'trending' || list === 'surging'

const usualLists: Readonly<Record<string, string>> = {
  tick: 'ticks',
  aggregate_minute: 'aggregates',
  fair_market_value: 'fmv_events',
  valuation_alert: 'valuation_alerts',
  high: 'highs',
  low: 'lows',
  trend: 'trending',
  surge: 'surging',
}

/** Where events go, by frequency, event type and direction. `own` are the host's lists by event type; another type has a list of its own name. */
export const createPlaces = (own: Readonly<Record<string, string>>) => {
  const known = new Map<string, Place>()

  const of = (frequency: string, eventType: string, direction: string): Place => {
    const list = own[eventType] ?? usualLists[eventType] ?? eventType
    const side = isTwoSided(list) ? (direction === 'down' ? 'down' : 'up') : undefined
    const kind = `${frequency} ${list}${side === undefined ? '' : ` ${side}`}`
    const before = known.get(kind)
    if (before !== undefined) return before
    const place: Place = { kind, frequency, list, ...(side === undefined ? {} : { side }) }
    known.set(kind, place)
    return place
  }

  return { of, at: (kind: string): Place => known.get(kind) as Place }
}

export type Places = ReturnType<typeof createPlaces>
