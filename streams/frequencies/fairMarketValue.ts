import { fairMarketValue as fairMarketValueCodec } from '../codecs/fairMarketValue.ts'
import { defineFrequency } from '../defineFrequency.ts'

/**
 * The vendor's estimate of what a share is worth (`FMV`), about once per second and ticker in regular hours; Business plan.
 *
 * Source: docs/protocol.md, FMV.
 */
export const fairMarketValue = defineFrequency({
  name: 'fair_market_value',
  codecs: [fairMarketValueCodec],
  quietMs: 60_000,
  staleMs: 300_000,
  speaks: 'regular',
})
