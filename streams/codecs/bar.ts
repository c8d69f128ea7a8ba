import { defineCodec, type Codec, type RowCheck } from './defineCodec.ts'
import {
  annotations,
  decimalText,
  defaulted,
  derived,
  flag,
  number,
  optional,
  required,
  ticker,
  timeMs,
} from './field.ts'

interface Range {
  readonly low: number
  readonly high: number
}

interface Body {
  readonly open: number
  readonly close: number
}

export const lowNotAboveHigh: RowCheck<Range> = {
  name: 'lowNotAboveHigh',
  fields: ['low', 'high'],
  expected: 'a low not above the high',
  holds: ({ low, high }) => low <= high,
}

export const endAfterStart: RowCheck<{ readonly startMs: number; readonly endMs: number }> = {
  name: 'endAfterStart',
  fields: ['endMs', 'startMs'],
  expected: 'an end after the start',
  holds: ({ startMs, endMs }) => endMs > startMs,
}

/** By the vendor's rules a trade may set open or close and not the high: this happens. */
export const highCoversBody: RowCheck<Range & Body> = {
  name: 'highCoversBody',
  fields: ['high', 'open', 'close'],
  expected: 'a high not below open and close',
  holds: ({ high, open, close }) => high >= open && high >= close,
}

export const lowCoversBody: RowCheck<Range & Body> = {
  name: 'lowCoversBody',
  fields: ['low', 'open', 'close'],
  expected: 'a low not above open and close',
  holds: ({ low, open, close }) => low <= open && low <= close,
}

export const vwapInRange: RowCheck<Range & { readonly vwap?: number }> = {
  name: 'vwapInRange',
  fields: ['vwap', 'low', 'high'],
  expected: 'a vwap from low to high',
  holds: ({ vwap, low, high }) => vwap === undefined || (vwap >= low && vwap <= high),
}

/**
 * The fields both kinds of bar share.
 *
 * - prices USD, volumes and sizes shares, times Unix ms; the window is [`s`, `e`)
 * - `op` is absent before the day's open; 0 is taken too, since one absent fact is no reason to lose a bar
 * - `v`, `av` and `z` are documented as whole and may be written `12.0` or `4.578654e+06`; `v` can be 0 on Business feeds
 * - `dv`, `dav` say `v`, `av` exactly, as decimal text (since early 2026)
 * - a bar without `e` ends at start plus window; without `s` it is refused
 *
 * Source: docs/protocol.md, A and AM, and section 9.
 */
const barFields = (windowMs: number) => ({
  /** Ticker. */
  symbol: required('sym', ticker),
  /** USD. */
  open: required('o', number({ over: 0 })),
  /** USD. */
  high: required('h', number({ over: 0 })),
  /** USD. */
  low: required('l', number({ over: 0 })),
  /** USD. */
  close: required('c', number({ over: 0 })),
  /** Shares in the window. */
  volume: required('v', number({ atLeast: 0 })),
  /** Shares in the window, exactly, as decimal text. */
  volumeExact: optional('dv', decimalText),
  /** Volume-weighted price of the window, USD. */
  vwap: optional('vw', number({ atLeast: 0 })),
  /** Average trade size in the window, shares. */
  averageSize: optional('z', number({ atLeast: 0 })),
  /** Start of the window, Unix ms. */
  startMs: required('s', timeMs),
  /** End of the window, exclusive, Unix ms. */
  endMs: derived('e', timeMs, 'startMs', windowMs),
  /** Today's official open, USD; absent before it. */
  dayOpen: optional('op', number({ atLeast: 0 })),
  /** Shares today so far. */
  dayVolume: optional('av', number({ atLeast: 0 })),
  /** Shares today so far, exactly, as decimal text. */
  dayVolumeExact: optional('dav', decimalText),
  /** Today's volume-weighted price, USD. */
  dayVwap: optional('a', number({ atLeast: 0 })),
  /** Whether the ticker is traded over the counter. */
  otc: defaulted('otc', flag, false),
  /** 0 for the first bar of its window, then 1, 2, …: late trades make the vendor send a bar again. Counted here, not on the wire. */
  revision: annotations.revision,
  /** True when the window is older than the memory that counts revisions, so `revision` is not known to be right. */
  late: annotations.late,
  /** True when it was fetched later and did not come from the live feed. */
  backfilled: annotations.backfilled,
})

/** Named, so that the comments on the fields reach whoever uses the package. */
export type BarFields = ReturnType<typeof barFields>

/** The codec of one kind of bar; the kinds differ in `ev` and in the length of the window. */
export const barCodec = <const Ev extends string>(ev: Ev, windowMs: number): Codec<Ev, BarFields> =>
  defineCodec({
    ev,
    at: 'endMs',
    fields: barFields(windowMs),
    checks: [lowNotAboveHigh, endAfterStart],
    drifts: [highCoversBody, lowCoversBody, vwapInRange],
  })
