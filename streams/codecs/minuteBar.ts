import { barCodec, type BarFields } from './bar.ts'
import type { Codec, EventOf } from './defineCodec.ts'

const table = barCodec('AM', 60_000)

/** One minute of one ticker. */
export interface MinuteBar extends EventOf<typeof table> {}

/**
 * Minute bar, channel `AM.<ticker>`.
 *
 *     { "ev": "AM", "sym": "GTE", "v": 4110, "av": 9470157, "op": 0.4372, "vw": 0.4488, "o": 0.4488, "c": 0.4486,
 *       "h": 0.4489, "l": 0.4486, "a": 0.4352, "z": 685, "s": 1610144640000, "e": 1610144700000 }
 *
 * Comes only for minutes with a qualifying trade, around the turn of the minute, and again for up to fifteen minutes when
 * late trades change it: out of time order, same ticker and start, other values. That is a revision, no duplicate.
 * The fields and their units are in bar.ts. The quickstart's sample has no `av`, `op`, `vw`, `z`.
 *
 * Source: docs/protocol.md, AM and section 8.
 */
export const minuteBar: Codec<'AM', BarFields, MinuteBar> = table
