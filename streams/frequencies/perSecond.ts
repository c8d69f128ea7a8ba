import { quote } from '../codecs/quote.ts'
import { secondBar } from '../codecs/secondBar.ts'
import { trade } from '../codecs/trade.ts'
import { defineFrequency } from '../defineFrequency.ts'

/**
 * Everything that comes within the second: trades (`T`, the default), second bars (`A`), quotes (`Q`).
 *
 *     perSecond({ tickers: ['AAPL', 'MSFT'] })
 *     perSecond({ channels: ['T', 'Q'] })          // Trade | Quote
 *
 * Source: docs/protocol.md, T, A, Q.
 */
export const perSecond = defineFrequency({
  name: 'per_second',
  codecs: [trade, secondBar, quote],
  channels: ['T'],
  quietMs: 10_000,
  staleMs: 60_000,
  speaks: 'extended',
})
