import type { Trade } from '../../streams/model.ts'

/** What a trade counts for. */
export interface TradeUse {
  /** Its size is volume. */
  readonly volume: boolean
  /** Its price can be the high or the low. */
  readonly range: boolean
  /** Its price can be the open, the close, the last price. */
  readonly ends: boolean
}

const VOLUME = 1
const RANGE = 2
const ENDS = 4
const ALL = VOLUME | RANGE | ENDS

/** By condition: what it leaves of a trade. One that is not listed leaves all. */
const rules = new Map<number, number>([
  // Average price, cash sale, next day, price variation, seller.
  [2, VOLUME],
  [7, VOLUME],
  [20, VOLUME],
  [21, VOLUME],
  [29, VOLUME],
  // Bunched sold, derivatively priced, extended hours out of sequence, prior reference price, sold out of sequence.
  [5, VOLUME | RANGE],
  [10, VOLUME | RANGE],
  [13, VOLUME | RANGE],
  [22, VOLUME | RANGE],
  [32, VOLUME | RANGE],
  [33, VOLUME | RANGE],
  // The market center's official open and close: trades that have been told before.
  [15, 0],
  [16, 0],
  // Odd lot, contingent, qualified contingent.
  [37, VOLUME],
  [52, VOLUME],
  [53, VOLUME],
  // The corrected consolidated close is a price without a trade.
  [38, RANGE | ENDS],
])

const uses = Array.from({ length: ALL + 1 }, (_, mask) =>
  Object.freeze<TradeUse>({
    volume: (mask & VOLUME) !== 0,
    range: (mask & RANGE) !== 0,
    ends: (mask & ENDS) !== 0,
  }),
)

/**
 * What a trade counts for by its sale conditions, as the consolidated tape has it. With several conditions each has to allow it.
 *
 *     condition                                                             volume  high, low  open, close, last
 *     none, 0, 14 sweep, 41 trade through exempt, and all that is not here     x        x          x
 *     12 extended hours                                                        x        x          x
 *      5 bunched sold, 10 derivatively priced, 22 prior reference price        x        x
 *     13, 32, 33 sold out of sequence                                          x        x
 *      2 average price, 7 cash, 20 next day, 21 price variation, 29 seller     x
 *     37 odd lot, 52 contingent, 53 qualified contingent                       x
 *     38 corrected consolidated close                                                   x          x
 *     15 official close, 16 official open
 *
 * The vendor says that its bars follow the consolidated rules of the plans, and that trades of extended hours count in minute bars
 * though those rules are for daily ones: without them there would be none. Its conditions endpoint has the rule of each; 29, and which
 * of 32 and 33 is "out of sequence", are told differently in different places and read here as shown. For other rules, such as
 * odd lots that make a price, an operator takes a function of its own.
 *
 * Makes no object.
 */
export const tradeUse = ({ conditions }: Pick<Trade, 'conditions'>): TradeUse => {
  let left = ALL
  for (let i = 0; i < conditions.length; i += 1) left &= rules.get(conditions[i] as number) ?? ALL

  // Every mask has its place in the list.
  return uses[left] as TradeUse
}
