import type { AnyCodec } from './defineCodec.ts'
import { fairMarketValue } from './fairMarketValue.ts'
import { minuteBar } from './minuteBar.ts'
import { quote } from './quote.ts'
import { secondBar } from './secondBar.ts'
import { trade } from './trade.ts'

/** The event types the product brings. A definition that brings its own passes `[...builtInCodecs, own]` on. */
export const builtInCodecs: readonly AnyCodec[] = [trade, quote, secondBar, minuteBar, fairMarketValue]
