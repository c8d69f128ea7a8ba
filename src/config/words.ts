/** The built-in frequencies, in the order of their cadence. */
export const frequencyNames = ['per_second', 'per_minute', 'fair_market_value'] as const
export type FrequencyName = (typeof frequencyNames)[number]

/** How else frequencies have been spelled. Source: docs/configuration.md, spellings. */
export const frequencySpellings: Readonly<Record<string, FrequencyName>> = {
  second: 'per_second',
  perSecond: 'per_second',
  'per-second': 'per_second',
  minute: 'per_minute',
  perMinute: 'per_minute',
  'per-minute': 'per_minute',
  fmv: 'fair_market_value',
  fair_value: 'fair_market_value',
  fairValue: 'fair_market_value',
  fairMarketValue: 'fair_market_value',
  'fair-market-value': 'fair_market_value',
}

/** The event types of each, the usual one first. */
export const channelsOf: Readonly<Record<FrequencyName, readonly [string, ...string[]]>> = {
  per_second: ['T', 'A', 'Q'],
  per_minute: ['AM'],
  fair_market_value: ['FMV'],
}

export const modes = ['production', 'test', 'hybrid'] as const
export type Mode = (typeof modes)[number]

/** `both` is a word of ACTIVE_DATA_PROVIDERS alone. */
export const providerNames = ['polygon', 'simulated', 'replay'] as const
/** What `both` and hybrid mean. */
export const marketProviders = ['polygon', 'simulated'] as const
export const providerSpellings = { massive: 'polygon', synthetic: 'simulated' } as const

export const presetNames = [
  'development',
  'integration_testing',
  'performance_testing',
  'market_simulation',
  'minimal',
] as const
export type PresetName = (typeof presetNames)[number]

export const activityLevels = ['low', 'medium', 'high', 'opening_bell'] as const
export type ActivityLevel = (typeof activityLevels)[number]
