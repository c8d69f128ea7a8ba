import { listed } from '../../config/conflicts.ts'
import {
  examined,
  type Examined,
  type Outlook,
  type Problem,
  readConfiguration,
  type Reading,
} from '../../setup/index.ts'
import { command } from '../command.ts'
import { flag } from '../options.ts'
import { aligned } from '../table.ts'

/** Valid, valid with warnings where that is not enough, invalid. */
const codes = { valid: 0, warned: 1, invalid: 2 } as const

export const checkCommand = command({
  name: 'check',
  summary: 'Says whether a configuration is valid, and what it will do, without connecting to anything.',
  mayTake: 'FILES',
  options: {
    json: flag({ help: 'the same as one JSON object' }),
    strict: flag({ help: 'warnings end it with 1' }),
  },
  notes: [
    'FILES are tickstock.config.json, the subscriptions JSON, the processing JSON or .env, told by what is in them, the first before',
    'the others. Without any: those that run would read. The environment counts in any case.',
    'exit codes  0 valid   1 warnings, with --strict   2 invalid',
  ],
  examples: [
    'tickstock check',
    'tickstock check tickstock.config.json --strict',
    'tickstock check --json | jq .plan.links',
  ],

  act: async ({ json, strict }, files, io) => {
    const reading = readConfiguration({
      environment: io.env,
      directory: io.directory,
      ...(files.length === 0 ? {} : { files }),
    })
    const result = await examined(reading)
    io.out(
      json ? `${JSON.stringify(reportOf(result, reading), null, 2)}\n` : `${linesOf(result, reading).join('\n')}\n`,
    )
    if (result.problems.length > 0) return codes.invalid
    return strict && result.warnings.length > 0 ? codes.warned : codes.valid
  },
})

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

const verdict = ({ problems, warnings }: Examined): string =>
  problems.length > 0
    ? `invalid: ${counted(problems.length, 'error')}${warnings.length === 0 ? '' : `, ${counted(warnings.length, 'warning')}`}`
    : warnings.length === 0
      ? 'valid'
      : `valid, with ${counted(warnings.length, 'warning')}`

const reportOf = (result: Examined, { files, isBare }: Reading): object => ({
  valid: result.problems.length === 0,
  files,
  nothingGiven: isBare,
  errors: result.problems,
  warnings: result.warnings.map(({ source, path, message }) => ({ source, path, message })),
  plan: result.outlook ?? null,
})

const problemLines = (title: string, problems: readonly Problem[]): readonly string[] =>
  problems.length === 0 ? [] : ['', title, ...problems.map(({ source, message }) => `  ${source}: ${message}`)]

/** All of it for people: the verdict first, then what is wrong, then what will be. */
export const linesOf = (result: Examined, { files, isBare }: Reading): readonly string[] => {
  const read = isBare
    ? 'nothing is configured: simulated, all three frequencies'
    : `read ${files.join(', ') || 'the environment'}`
  return [
    verdict(result),
    read,
    ...problemLines('errors', result.problems),
    ...problemLines('warnings', result.warnings),
    ...(result.outlook === undefined ? [] : outlookLines(result.outlook)),
  ]
}

const section = (title: string, rows: readonly (readonly string[])[]): readonly string[] =>
  rows.length === 0 ? [] : ['', title, ...aligned(rows, Infinity).map((line) => `  ${line}`)]

/** The plan as lines. */
export const outlookLines = (outlook: Outlook): readonly string[] => {
  const { mode, links, unplaced, streams, lanes, simulator, publisher, decisions } = outlook
  const place = (frequency: string): string => {
    const { off } = streams.find(({ name }) => name === frequency) ?? {}
    const link = links.find(({ frequencies }) => frequencies.includes(frequency))
    return off === null || off === undefined ? (link === undefined ? 'no socket' : `on ${link.id}`) : `off: ${off}`
  }
  return [
    '',
    `mode  ${mode}`,
    ...section(
      'links',
      links.map(({ id, place: address, provider, account, connectionsMax, key, frequencies }) => [
        id === address ? address : `${address} (${id})`,
        provider,
        `key ${key}`,
        `account ${account}${connectionsMax === null ? '' : `, up to ${counted(connectionsMax, 'socket')}`}`,
        frequencies.join(' + '),
      ]),
    ),
    ...(simulator === undefined
      ? []
      : section('simulator', [
          [
            counted(simulator.tickers, 'ticker'),
            `${simulator.rate} trades/s`,
            `seed ${simulator.seed}`,
            `speed ${simulator.speed}`,
          ],
        ])),
    ...section(
      'no socket left',
      unplaced.map(({ frequency, account, connectionsMax }) => [
        frequency,
        `account ${account} may hold ${counted(connectionsMax, 'socket')}`,
      ]),
    ),
    ...section(
      'streams',
      streams.map(({ name, provider, channels, tickers, count, priority, fallbackProvider }) => [
        `${priority}. ${name}`,
        provider,
        channels.join(', '),
        count === null ? 'every ticker' : `${counted(count, 'ticker')}: ${listed(tickers as readonly string[])}`,
        count === null ? counted(channels.length, 'channel') : counted(count * channels.length, 'channel'),
        `${place(name)}${fallbackProvider === null ? '' : `, falls back to ${fallbackProvider}`}`,
      ]),
    ),
    ...section(
      'lanes',
      lanes.map(({ lane, limit }) => [lane, `the last ${counted(limit, 'event')}`]),
    ),
    ...(publisher === undefined
      ? ['', 'nothing is published']
      : section(
          `emission, at ws://${publisher.host}:${publisher.port}`,
          publisher.emission.map(({ frequency, everyMs, count }) => [
            frequency,
            `every ${everyMs} ms, or at ${counted(count, 'event')}`,
          ]),
        )),
    ...section(
      'conflicts',
      decisions.map(({ sentence }) => [sentence]),
    ),
  ]
}
