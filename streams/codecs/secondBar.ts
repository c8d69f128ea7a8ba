import { barCodec, type BarFields } from './bar.ts'
import type { Codec, EventOf } from './defineCodec.ts'

const table = barCodec('A', 1_000)

/** One second of one ticker. */
export interface SecondBar extends EventOf<typeof table> {}

/**
 * Second bar, channel `A.<ticker>`.
 *
 *     { "ev": "A", "sym": "SPCE", "v": 200, "av": 8642007, "op": 25.66, "vw": 25.3981, "o": 25.39, "c": 25.39, "h": 25.39,
 *       "l": 25.39, "a": 25.3714, "z": 50, "s": 1610144868000, "e": 1610144869000, "dv": "200.0", "dav": "8642007.5" }
 *
 * Comes only for seconds with a qualifying trade, two seconds after they end, and again when a late trade changes it.
 * The fields and their units are in bar.ts.
 *
 * Source: docs/protocol.md, A and section 8.
 */
export const secondBar: Codec<'A', BarFields, SecondBar> = table
