import type { FairMarketValueEvent, PerMinuteAggregateEvent, TickData } from '../../../operators/market/index.ts'
import type { EventLike } from '../../../streams/model.ts'

/** Where an event lies: together with its time a name for it. */
export interface Position {
  /** Counts the lanes of the publisher. */
  readonly lane: number
  readonly offset: number
}

/** An event as a message carries it. */
export interface Transport {
  /** `up`, `down`, or an arrow to the right: which of two lists it goes into. */
  readonly direction: string
  readonly body: Readonly<Record<string, unknown>>
}

type Fields = Readonly<Record<string, unknown>>

const steady = '→'

const seconds = (ms: number): number => ms / 1000

/** `1763994600.250000_0000002a`: nanoseconds, where they are known, give the microseconds. */
const eventId = (
  time: { readonly ms?: number | undefined; readonly ns?: string | undefined },
  at: Position,
): string => {
  const { ms = 0, ns } = time
  const micros = ns === undefined ? BigInt(Math.round(ms * 1000)) : BigInt(ns) / 1000n
  const whole = micros / 1_000_000n
  const place = (((at.lane & 0xff) << 24) | (at.offset & 0xff_ffff)) >>> 0
  return `${String(whole)}.${String(micros % 1_000_000n).padStart(6, '0')}_${place.toString(16).padStart(8, '0')}`
}

/** `minutePriceChange` to `minute_price_change`. */
const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const signOf = (change: number): string => (change > 0 ? 'up' : change < 0 ? 'down' : steady)

/** What is there of these, under the names that a message has for it. */
const some = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

const base = {
  direction: steady,
  reversal: false,
  count: 0,
  count_up: 0,
  count_down: 0,
  percent_change: 0,
  vwap: null,
  vwap_divergence: 0,
  volume: 0,
  rel_volume: 0,
  label: '',
} as const

const ofTick = (tick: TickData, at: Position): Transport => {
  const { eventType } = tick
  return {
    direction: steady,
    body: {
      ticker: tick.symbol,
      price: tick.price,
      volume: tick.volume,
      timestamp: seconds(tick.atMs),
      event_id: eventId({ ms: tick.atMs, ns: tick.atNs }, at),
      source: tick.source ?? 'unknown',
      event_type: eventType === 'A' ? 'A_second' : eventType === 'AM' ? 'A_minute' : eventType,
      market_status: tick.marketSession.toUpperCase(),
      ...some({
        bid: tick.bid,
        ask: tick.ask,
        tick_open: tick.tickOpen,
        tick_high: tick.tickHigh,
        tick_low: tick.tickLow,
        tick_close: tick.tickClose,
        market_open_price: tick.marketOpenPrice,
        tick_volume: tick.tickVolume,
        tick_trade_size: tick.tickTradeSize,
        accumulated_volume: tick.accumulatedVolume,
        tick_vwap: tick.tickVwap,
        vwap: tick.dailyVwap,
        tick_start_timestamp: tick.tickStartMs === undefined ? undefined : seconds(tick.tickStartMs),
        tick_end_timestamp: tick.tickEndMs === undefined ? undefined : seconds(tick.tickEndMs),
        conditions: tick.conditions,
        volume_exact: tick.volumeExact,
        accumulated_volume_exact: tick.accumulatedVolumeExact,
        timestamp_ns: tick.atNs,
        revision: tick.revision,
        late: tick.late,
        backfilled: tick.backfilled,
      }),
    },
  }
}

const ofMinute = (minute: PerMinuteAggregateEvent, at: Position): Transport => {
  const direction = signOf(minute.minutePriceChange)
  return {
    direction,
    body: {
      ticker: minute.symbol,
      type: minute.ev,
      price: minute.price,
      time: seconds(minute.atMs),
      event_id: eventId({ ms: minute.atMs }, at),
      ...base,
      direction,
      percent_change: minute.minutePriceChangePercent,
      vwap: minute.vwap ?? null,
      vwap_divergence: minute.vwapDeviationPercent ?? 0,
      volume: minute.volume,
      event_specific_data: {
        minute_open: minute.minuteOpen,
        minute_high: minute.minuteHigh,
        minute_low: minute.minuteLow,
        minute_close: minute.minuteClose,
        minute_volume: minute.minuteVolume,
        minute_vwap: minute.minuteVwap ?? null,
        accumulated_volume: minute.accumulatedVolume ?? null,
        daily_vwap: minute.dailyVwap ?? null,
        daily_open: minute.dailyOpen ?? null,
        average_trade_size: minute.averageTradeSize ?? null,
        start_timestamp: seconds(minute.startMs),
        end_timestamp: seconds(minute.endMs),
        is_otc: minute.isOtc,
        minute_range: minute.minuteRange,
        minute_price_change: minute.minutePriceChange,
        minute_price_change_pct: minute.minutePriceChangePercent,
        vwap_deviation: minute.vwapDeviationPercent ?? null,
        market_session: minute.marketSession.toUpperCase(),
        revision: minute.revision,
        ...some({
          volume_exact: minute.volumeExact,
          accumulated_volume_exact: minute.accumulatedVolumeExact,
          late: minute.late,
          backfilled: minute.backfilled,
        }),
      },
    },
  }
}

const ofFairValue = (value: FairMarketValueEvent, at: Position): Transport => {
  const direction = value.isUndervalued === true ? 'up' : value.isOvervalued === true ? 'down' : steady
  return {
    direction,
    body: {
      ticker: value.symbol,
      type: value.ev,
      price: value.price,
      time: seconds(value.atMs),
      event_id: eventId({ ns: value.fmvTimestampNs }, at),
      ...base,
      direction,
      percent_change: value.fmvVsMarketPercent ?? 0,
      event_specific_data: {
        fmv_price: value.fmvPrice,
        fmv_timestamp_ns: value.fmvTimestampNs,
        fmv_vs_market_price: value.fmvVsMarketPrice ?? null,
        fmv_vs_market_pct: value.fmvVsMarketPercent ?? null,
        fmv_confidence: null,
        market_price: value.marketPrice ?? null,
        market_price_source: value.marketPriceSource,
        is_undervalued: value.isUndervalued ?? null,
        is_overvalued: value.isOvervalued ?? null,
        valuation_magnitude: value.valuationMagnitude ?? null,
        precision_level: value.precisionLevel,
        signal: value.signal,
        signal_strength: value.signalStrength ?? null,
        is_significant_deviation: value.isSignificantDeviation ?? null,
        market_session: value.marketSession.toUpperCase(),
        ...some({ backfilled: value.backfilled }),
      },
    },
  }
}

/** Fields of a host's own event that have a place in the transport object, and their names there. */
const placed: Readonly<Record<string, string>> = {
  price: 'price',
  reversal: 'reversal',
  count: 'count',
  countUp: 'count_up',
  countDown: 'count_down',
  percentChange: 'percent_change',
  vwap: 'vwap',
  vwapDivergence: 'vwap_divergence',
  volume: 'volume',
  relVolume: 'rel_volume',
  label: 'label',
}

const directionOf = ({ direction, percentChange }: Fields): string => {
  if (direction === 'up' || direction === '↑') return 'up'
  if (direction === 'down' || direction === '↓') return 'down'
  return typeof direction === 'string' ? direction : typeof percentChange === 'number' ? signOf(percentChange) : steady
}

/** A host's own: what has a place goes there, the rest is the event's own matter, its names with underscores. */
const ofOwn = (event: EventLike, atMs: number, at: Position): Transport => {
  const fields = event as unknown as Fields
  const direction = directionOf(fields)
  const top: Record<string, unknown> = {}
  const own: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'ev' || name === 'symbol' || name === 'direction' || value === undefined) continue
    const place = placed[name]
    if (place === undefined) own[snake(name)] = value
    else top[place] = value
  }
  const ms = Number.isNaN(atMs) ? undefined : atMs
  return {
    direction,
    body: {
      ticker: event.symbol,
      type: event.ev,
      price: null,
      time: ms === undefined ? null : seconds(ms),
      event_id: eventId({ ms }, at),
      ...base,
      ...top,
      direction,
      event_specific_data: own,
    },
  }
}

/** The transport object of a model, or of an event of a host's own. `atMs` is the batch's word for when it happened. */
export const transportOf = (event: EventLike, atMs: number, at: Position): Transport => {
  // The event types are those of our own models: a host that uses the name means the shape.
  switch (event.ev) {
    case 'tick':
      return ofTick(event as TickData, at)
    case 'aggregate_minute':
      return ofMinute(event as PerMinuteAggregateEvent, at)
    case 'fair_market_value':
      return ofFairValue(event as FairMarketValueEvent, at)
    default:
      return ofOwn(event, atMs, at)
  }
}

const depthMax = 64

/** Throws a RangeError that names the field where JSON would say something else than was meant. */
const check = (value: unknown, path: string, depth: number): void => {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError(`${path} is ${String(value)}, which JSON cannot say`)
  } else if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') {
    throw new RangeError(`${path} is a ${typeof value}, which JSON cannot say`)
  } else if (typeof value === 'object' && value !== null) {
    if (depth > depthMax) throw new RangeError(`${path} is circular, or nested deeper than ${String(depthMax)} levels`)
    for (const [name, member] of Object.entries(value)) check(member, path === '' ? name : `${path}.${name}`, depth + 1)
  }
}

/** The JSON of a transport object, as bytes. Throws a RangeError for what JSON cannot say: NaN, infinity, a bigint, a circle. */
export const bytesOf = ({ body }: Transport): Buffer => {
  check(body, '', 0)
  const text = JSON.stringify(body)
  // Not from Node's pool: a few hundred bytes of it would keep 8 KB alive.
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  bytes.write(text)
  return bytes
}
