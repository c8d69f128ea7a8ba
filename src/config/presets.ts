import type { Configuration } from './shape.ts'
import type { PresetName } from './words.ts'

const second = { per_second: { enabled: true }, per_minute: { enabled: false }, fair_market_value: { enabled: false } }
const all = { per_second: { enabled: true }, per_minute: { enabled: true }, fair_market_value: { enabled: true } }

/**
 * Settings by name, for made-up data. They lie below everything else that is given, and there is one at a time, so none leaves anything
 * behind. Of what the presets of the reference set, intervals of fair values, validation and correlations mean nothing here.
 */
export const presets: Readonly<Record<PresetName, Configuration>> = {
  development: {
    mode: 'test',
    multiFrequency: true,
    frequencies: second,
    providers: { simulated: { secondsPerTrade: 2, activity: 'medium' } },
  },
  integration_testing: {
    mode: 'test',
    multiFrequency: true,
    frequencies: all,
    providers: { simulated: { secondsPerTrade: 0.5, activity: 'high' } },
  },
  performance_testing: {
    mode: 'test',
    multiFrequency: true,
    frequencies: all,
    providers: { simulated: { secondsPerTrade: 0.1, activity: 'opening_bell' } },
  },
  market_simulation: {
    mode: 'test',
    multiFrequency: true,
    frequencies: all,
    providers: { simulated: { secondsPerTrade: 1, activity: 'medium' } },
  },
  minimal: {
    mode: 'test',
    multiFrequency: false,
    frequencies: second,
    providers: { simulated: { secondsPerTrade: 5, activity: 'low' } },
  },
}
