import { flag, number, oneOf, text, type Kind } from './kind.ts'
import { recognised, row, type Row } from './row.ts'
import { activityLevels } from './words.ts'

const anyNumber = number({})

type Range = readonly [least: number, most: number]
interface Ranges {
  readonly error?: Range
  readonly warn?: Range
}

const made = 'the simulator makes bars of its own trades, so there is nothing to compare'
const walk = "prices and sizes walk by the simulator's own model"
const values = "fair values follow the simulator's own trades, about one per second and ticker"

const none = (
  name: string,
  meaning: string,
  why: string,
  example: string,
  { error, warn }: Ranges = {},
  kind: Kind = anyNumber,
): Row =>
  recognised(name, kind, meaning, why, {
    example,
    ...(error === undefined ? {} : { errorOutside: error }),
    ...(warn === undefined ? {} : { warnOutside: warn }),
  })

/** Sprint 102: what the simulator has, and the ranges that its validators had. Where the two disagreed, the stricter error holds. */
export const synthetic: readonly Row[] = [
  row('SYNTHETIC_ACTIVITY_LEVEL', oneOf(activityLevels), 'How lively the made-up market is.', {
    to: 'providers.simulated.activity',
    fallback: 'medium',
    example: 'high',
  }),
  row('SYNTHETIC_DATA_RATE', number({ least: 0.01, most: 3600, unit: 'seconds' }), 'Between two trades of a ticker.', {
    to: 'providers.simulated.secondsPerTrade',
    fallback: '0.1',
    example: '0.1',
  }),
  row(
    'SYNTHETIC_PER_SECOND_FREQUENCY',
    number({ least: 0.01, most: 3600, unit: 'seconds' }),
    'Between two trades of a ticker.',
    {
      class: 'mapped',
      to: 'providers.simulated.secondsPerTrade',
      note: 'Another name of `SYNTHETIC_DATA_RATE`, which comes first.',
      errorOutside: [0.1, 60],
      example: '1.0',
    },
  ),
  none('ENABLE_SYNTHETIC_DATA_VALIDATION', 'Compares bars with ticks.', made, 'true', {}, flag),
  none('VALIDATION_PRICE_TOLERANCE', 'Of that comparison.', made, '0.001', { error: [0.0001, 0.01] }),
  none('VALIDATION_VOLUME_TOLERANCE', 'Of that comparison.', made, '0.05', { error: [0.001, 0.2], warn: [0.01, 0.2] }),
  none('VALIDATION_VWAP_TOLERANCE', 'Of that comparison.', made, '0.002', { error: [0.0001, 0.01] }),
  none('SYNTHETIC_TICK_VARIANCE', 'Of prices.', walk, '0.001', { warn: [0, 0.01] }),
  none('SYNTHETIC_VOLUME_MULTIPLIER', 'Of sizes.', walk, '1.0'),
  none('SYNTHETIC_VWAP_VARIANCE', 'Of the average price.', walk, '0.002'),
  none('SYNTHETIC_MINUTE_WINDOW', 'The length of a minute bar.', 'a minute has 60 seconds', '60'),
  none('SYNTHETIC_MINUTE_VOLUME_MULTIPLIER', 'Of sizes.', walk, '50'),
  none('SYNTHETIC_MINUTE_DRIFT', 'Of prices.', walk, '0.005', { warn: [0, 0.02] }),
  none('SYNTHETIC_DATA_VARIANCE', 'Of prices.', walk, '0.05'),
  none(
    'SIMULATOR_UNIVERSE',
    'Which tickers there are.',
    'the simulator has those that frequencies list, or `providers.simulated.tickers`',
    'MARKET_CAP_LARGE_UNIVERSE',
    {},
    text('a name'),
  ),
  none('SYNTHETIC_FMV_UPDATE_INTERVAL', 'Between two fair values.', values, '30', { error: [5, 300] }),
  none('SYNTHETIC_FMV_CORRELATION', 'With prices.', values, '0.85', { error: [0.1, 1] }),
  none('SYNTHETIC_FMV_VARIANCE', 'Of fair values.', values, '0.002'),
  none('SYNTHETIC_FMV_PREMIUM_RANGE', 'Of fair values.', values, '0.01'),
  none('SYNTHETIC_FMV_MOMENTUM_DECAY', 'Of fair values.', values, '0.7', { warn: [0.1, 0.95] }),
  none('SYNTHETIC_FMV_LAG_FACTOR', 'Of fair values.', values, '0.3'),
  none('SYNTHETIC_FMV_VOLATILITY_DAMPENING', 'Of fair values.', values, '0.6'),
  none('SYNTHETIC_FMV_TRENDING_CORRELATION', 'With prices.', values, '0.90', { error: [0, 1] }),
  none('SYNTHETIC_FMV_SIDEWAYS_CORRELATION', 'With prices.', values, '0.75', { error: [0, 1] }),
  none('SYNTHETIC_FMV_VOLATILE_CORRELATION', 'With prices.', values, '0.65', { error: [0, 1] }),
  none('SYNTHETIC_PER_SECOND_PRICE_VARIANCE', 'Of prices.', walk, '0.001'),
  none('SYNTHETIC_PER_SECOND_VOLUME_RANGE', 'Of sizes.', walk, '10000,100000', {}, text('two numbers')),
  none('SYNTHETIC_PER_MINUTE_WINDOW', 'The length of a minute bar.', 'a minute has 60 seconds', '60'),
  none('SYNTHETIC_PER_MINUTE_MIN_TICKS', 'Trades in a bar.', made, '5'),
  none('SYNTHETIC_PER_MINUTE_MAX_TICKS', 'Trades in a bar.', made, '30'),
  none('SYNTHETIC_PER_MINUTE_OHLC_VARIANCE', 'Of prices.', walk, '0.005'),
  none('SYNTHETIC_PER_MINUTE_VOLUME_MULTIPLIER', 'Of sizes.', walk, '5.0'),
]
