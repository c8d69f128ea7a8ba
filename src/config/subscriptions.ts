import { anyObject, flag, listOf, number, oneOf, orNull, text, whole, type Kind } from './kind.ts'
import { recognised, row, type Row } from './row.ts'
import { type KnownProviders, tickerForm } from './shape.ts'
import { activityLevels, channelsOf, type FrequencyName, frequencyNames } from './words.ts'

/** An entry that the reference's example has beside the frequencies: settings of the simulator. */
export const simulationEntry = 'synthetic_simulation'

const listed = listOf(text('a ticker such as BRK.B, without spaces, commas or *; or * for every one', tickerForm), {
  what: 'tickers such as ["AAPL", "BRK.B"], or ["*"]',
  least: 1,
})

/** `AM.{ticker}`; several with commas between. */
const formatOf = (frequency: FrequencyName): Kind<string> => {
  const types = channelsOf[frequency].join('|')
  const one = String.raw`(${types})\.(\{ticker\}|\{symbol\}|\*)`
  return text(
    `an event type (${channelsOf[frequency].join(', ')}) and .{ticker}, such as ${channelsOf[frequency][0]}.{ticker}`,
    `^${one}( *, *${one})*$`,
  )
}

const channelsIn = (format: string): readonly string[] => [
  ...new Set(format.split(',').map((part) => part.trim().replace(/\..*$/s, ''))),
]

const entryRows = (entry: FrequencyName | typeof simulationEntry, provider: Kind<string>): readonly Row[] => {
  const at = `subscriptions.${entry}`
  const place = entry === simulationEntry ? undefined : `frequencies.${entry}`
  const to = (field: string): { readonly to?: string } => (place === undefined ? {} : { to: `${place}.${field}` })
  const required = { isRequired: true } as const

  return [
    row(`${at}.enabled`, flag, 'Whether it runs.', { ...required, ...to('enabled'), example: true }),
    row(`${at}.provider`, provider, 'Where it comes from.', { ...required, ...to('provider'), example: 'polygon' }),
    row(`${at}.tickers`, listed, 'What it asks for; not empty, also when it is off.', {
      ...required,
      ...to('tickers'),
      example: ['AAPL', 'MSFT'],
      note: '`symbols`, of an earlier draft, is understood too.',
    }),
    row(`${at}.max_tickers`, whole({ least: 1, unit: 'tickers' }), 'More than so many are an error.', {
      ...to('maxTickers'),
      fallback: 'no limit',
      example: 1000,
    }),
    row(`${at}.priority`, whole({ least: 1 }), '1 comes first.', {
      ...to('priority'),
      fallback: 'its place in the file; behind the others where tickers are shared out (999)',
      example: 1,
    }),
    row(`${at}.fallback_provider`, orNull(provider), 'What it moves to when its provider fails; never in production.', {
      ...to('fallbackProvider'),
      fallback: 'null',
      example: 'synthetic',
    }),
    ...(entry === simulationEntry
      ? [
          recognised(
            `${at}.subscription_format`,
            text('a text'),
            'The channels.',
            'this entry is about the simulator, not about a frequency',
            { example: 'A.{ticker}' },
          ),
        ]
      : [
          row(`${at}.subscription_format`, formatOf(entry), 'The channels, as templates with commas between.', {
            ...to('channels'),
            make: channelsIn,
            fallback: `${channelsOf[entry][0]}.{ticker}`,
            example: `${channelsOf[entry].at(1) ?? channelsOf[entry][0]}.{ticker}`,
          }),
        ]),
    recognised(
      `${at}.connection_id`,
      text('a name'),
      'The name of the connection.',
      'links are named by what they connect to; `links` says whether frequencies share them',
      { example: 'second_connection' },
    ),
    row(`${at}.activity_level`, oneOf(activityLevels), 'How lively the made-up market is.', {
      class: 'mapped',
      to: 'providers.simulated.activity',
      note: 'To the simulator, which is one for all frequencies.',
      example: 'medium',
    }),
    row(`${at}.rate`, number({ least: 0.01, most: 3600, unit: 'seconds' }), 'Seconds between two trades of a ticker.', {
      class: 'mapped',
      to: 'providers.simulated.secondsPerTrade',
      note: 'To the simulator, which is one for all frequencies.',
      example: 0.1,
    }),
    recognised(
      `${at}.universe`,
      text('a name'),
      'Which tickers there are.',
      'the simulator has those that frequencies list',
      { example: 'MARKET_CAP_LARGE_UNIVERSE' },
    ),
    recognised(
      `${at}.handler`,
      text('a name'),
      'Of an earlier draft: the function that handles its events.',
      'operators are put on a frequency in code',
      { example: 'handle_minute_bar' },
    ),
  ]
}

/** Fields of the subscriptions JSON. */
export const subscriptionRows = ({ names, aliases }: KnownProviders): readonly Row[] => {
  const provider: Kind<string> = oneOf<string>(names, aliases)
  return [
    row('version', text('a version', String.raw`^1(\.\d+)*$`), 'Of the format.', { isRequired: true, example: '1.0' }),
    row('default_provider', provider, 'Where entries come from that do not say it.', {
      to: 'provider',
      example: 'polygon',
    }),
    ...([...frequencyNames, simulationEntry] as const).flatMap((entry) => entryRows(entry, provider)),
    recognised(
      'routing_rules',
      anyObject('an object'),
      'Rules that were never read.',
      'frequencies say themselves which tickers and which provider they want',
      { example: {} },
    ),
  ]
}
