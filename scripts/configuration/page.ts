import { frequencySpellings } from '../../src/config/words.ts'
import { starter } from '../../src/config/starter.ts'
import { type Example, examples } from './examples.ts'
import { environmentTable, ownTable, processingTable, subscriptionsTable } from './tables.ts'

const fenced = (language: string, text: string): string => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``

const exampleSection = ({ title, text, files, environment }: Example): string => {
  const keys = Object.keys(environment)
  return [
    `### ${title}`,
    text,
    ...(keys.length === 0 ? [] : [`In the environment: ${keys.map((name) => `\`${name}\``).join(', ')}.`]),
    ...Object.entries(files).flatMap(([name, content]) => [
      `\`${name}\`:`,
      fenced(name.endsWith('.json') ? 'json' : 'sh', content),
    ]),
  ].join('\n\n')
}

const spellings = Object.entries(frequencySpellings)
  .map(([spelling, name]) => `\`${spelling}\` for \`${name}\``)
  .join(', ')

/** docs/configuration.md, before it is formatted. */
export const configurationPage = (): string =>
  `
<!-- Made by npm run docs:configuration of the tables in src/config and scripts/configuration: edit those. -->

# Configuration

Code, the command line, the environment, \`.env\` and JSON files decode to one checked shape. Everything that is wrong is said at once, with its
place, what was found, what is allowed, and the word that was probably meant; what is only odd is a warning.

\`\`\`sh
tickstock init     # writes a commented tickstock.config.json
tickstock check    # says what it means, before the market opens; --json, --strict
tickstock run      # runs it; --config FILE for another one
\`\`\`

\`\`\`js fragment
import { configure, createEngine, publish, watchConfiguration } from 'tickstock'

const setup = configure({
  operators: { per_minute: (minutes) => minutes.pipe(myIndicator()) }, // a host's own
  code: { links: 'dedicated' }, // the same shape as tickstock.config.json; has the last word
})
const engine = createEngine(setup.engine)
if (setup.publisher !== undefined) await publish(engine, setup.publisher)
await engine.start()
const watching = watchConfiguration(setup, engine) // files that change are applied while it runs
\`\`\`

\`configure\` throws a \`ConfigurationError\` with \`problems\` and opens nothing. Providers of a host's own have names too:
\`configure({ providers: createProviderRegistry({ desk: (options) => … }) })\`. Frequencies of a host's own, and \`limitUpLimitDown()\`, stand
beside those that are configured: \`configure({ frequencies: [limitUpLimitDown()] })\`.

- [Precedence](#precedence) · [Modes and providers](#modes-and-providers) · [Which frequencies run](#which-frequencies-run) ·
  [Conflicts](#conflicts) · [Variables in files](#variables-in-files) · [While it runs](#while-it-runs)
- [Examples](#examples) · [Migration](#migration-from-the-earlier-system) · [Presets](#presets)
- [The environment](#the-environment) · [tickstock.config.json](#tickstockconfigjson) · [The subscriptions JSON](#the-subscriptions-json) ·
  [The processing JSON](#the-processing-json) · [JSON Schema](#json-schema)

## Precedence

Value by value, the first that says something: code, the command line, the environment of the process, \`.env\`, files
(\`tickstock.config.json\`, then the subscriptions JSON, then the processing JSON), a preset, the defaults. A list is one value. A variable that is set to nothing is not set, but hides the one of \`.env\`.

Where **nothing at all** is given, no variable, no file, no code, it runs simulated with all three frequencies, and says so in one line.

Files are looked for in \`tickstock.config.json\`, \`config/websocket_subscriptions.json\` and \`config/processing_config.json\`, or where
\`TICKSTOCK_CONFIG\`, \`WEBSOCKET_SUBSCRIPTIONS_FILE\` and \`PROCESSING_CONFIG_FILE\` say; one that is named must be there. They may have
comments and a comma behind the last. A key that is not known is an error, and so is one that stands there twice.

## Modes and providers

| mode | providers that may be used, unless listed | a frequency that does not say | without a key for it |
| --- | --- | --- | --- |
| \`production\` | \`polygon\` | \`polygon\` where it is listed | an error; fair market value without a Business key is off |
| \`test\` | \`simulated\` | \`simulated\` where it is listed | the same |
| \`hybrid\` | both | \`polygon\` | simulated, and a warning says so; without any key an error |

- \`polygon\` (or \`massive\`) is the vendor, \`simulated\` (or \`synthetic\`) the market that is built in, \`both\` in \`ACTIVE_DATA_PROVIDERS\` both of them.
- \`polygon\` that is listed, or used, without any key is an error, whatever the mode: set \`POLYGON_API_KEY\`, or take the simulator.
- A frequency that names a provider which is not among the listed ones is an error. One that has a fallback provider which is listed comes from there, in \`test\` and \`hybrid\`, with a warning. One that is simulated in production is a warning.
- **Fair market value without a Business key** is off: it is there, \`halted\` in health with the reason, and the others run. Where nothing else is left it is an error.
- **A Business key alone** has minute bars and fair market values; trades need a host (\`POLYGON_PER_SECOND_HOST\`) or the key of an individual plan.
- **A fallback provider** counts in \`test\` and \`hybrid\`. In production nothing falls back: a warning says that it is not used.

## Which frequencies run

A frequency's own switch decides. Without one, a file or code that lists frequencies has those it names; without such a list \`per_second\` is on and
the others are off. The master switch, \`ENABLE_MULTI_FREQUENCY\` or \`multiFrequency\`, is off unless \`tickstock.config.json\` or code lists frequencies; off, only
\`per_second\` runs, and a warning names the others. None at all is an error.

Frequencies are \`per_second\`, \`per_minute\` and \`fair_market_value\`. Other spellings are understood in files: ${spellings}.

## Conflicts

| what | what becomes of it |
| --- | --- |
| a ticker in several frequencies | allowed, they are different products; \`check\` reports it. With \`tickerConflicts: "priority"\` it belongs to the frequency of the smallest \`priority\` (999 for who does not say), to the first of equals; each decision has its reason |
| \`*\` beside tickers in one list | \`*\` |
| \`*\` in one frequency and tickers in another | both stay as they are, also with the priority rule: nothing can be taken out of \`*\` |
| a frequency that has lost all its tickers | off, and says so |
| more tickers than \`max_tickers\` | an error |
| more sockets than the account may hold | the least important share, then go without: a warning, \`evicted\` in health |

## Variables in files

\`\${VAR}\` and \`\${VAR:default}\` stand for a variable at any depth, with the type that belongs there: \`"limit": "\${LIMIT:500}"\` is a number,
\`"tickers": ["\${TICKERS}"]\` with \`AAPL,MSFT\` is two tickers. A key whose variable is not set is not given; everything else that is empty is an error which names the variable.

## While it runs

\`tickstock run\` looks at its files once a second, and again at \`SIGHUP\`; so does \`watchConfiguration\` in code, where \`reload()\` does it at once. What
they say is validated, compared with what runs, and only the difference is applied: a frequency that does not change loses nothing and
keeps its order, readers and operators. Each change is a line of the log with before and after, keys masked. What is invalid changes nothing and says why.

The environment of a process cannot change from outside; \`.env\` can. The publisher keeps what it was opened with, and \`limit\` and \`whenFull\` of a frequency are refused while its lanes are open.

## Examples

${examples.map(exampleSection).join('\n\n')}

### What \`tickstock init\` writes

${fenced('jsonc', starter)}

## Migration from the earlier system

The variables and both JSON files are read as they are. Migration comes before validation.

| before | now |
| --- | --- |
| \`USE_POLYGON_API=true\` | \`ACTIVE_DATA_PROVIDERS=polygon\`; put into a list that is there |
| \`USE_SYNTHETIC_DATA=true\` | \`ACTIVE_DATA_PROVIDERS=synthetic\`, in place of a list that does not have it, with a warning |
| both true | synthetic wins, with a warning, unless the list names both |
| \`USE_POLYGON_API=false\` and no list | simulated |
| \`ENABLE_MULTI_FREQUENCY\` without a subscriptions JSON | every ticker of the frequencies that are switched on |
| \`.env\` above the environment | below it |
| \`on\` as false, a number that is none ignored | \`true\`, \`yes\`, \`y\`, \`on\`, \`1\` and their opposites; everything else is an error |
| \`\${VAR}\` always a text | the type that belongs there |
| five retries, then off for ever | no limit, unless \`POLYGON_WEBSOCKET_MAX_RETRIES\` says one |
| validation that nobody heeded | nothing starts with an error |
| a provider that does not exist, with multi-frequency off | an error |
| \`WEBSOCKET_CONNECTION_POOL_SIZE\` below 1 or above 10 | a warning; below 1 is taken for 1 |
| two validators of synthetic settings that disagreed | the stricter error holds, where the simulator is used |

Every row below is in one of three classes: **honoured**; **mapped**, to what its meaning says; **recognised**, with a warning why it means nothing
here. Defaults of unset rows are those of this engine.

## Presets

\`preset\` or \`TICKSTOCK_PRESET\`: settings for made-up data, in mode \`test\`, below everything else that is given. There is one at a time, so none leaves anything behind.

| preset | frequencies | seconds between two trades of a ticker | activity |
| --- | --- | --- | --- |
| \`development\` | per_second | 2 | medium |
| \`integration_testing\` | all | 0.5 | high |
| \`performance_testing\` | all | 0.1 | opening_bell |
| \`market_simulation\` | all | 1 | medium |
| \`minimal\` | per_second, multi-frequency off | 5 | low |

## The environment

A variable that looks like one of these and is none is a warning; one that begins with \`TICKSTOCK_\` is an error.

${environmentTable()}

## tickstock.config.json

The same in code. Keys belong into the environment: \`"\${POLYGON_API_KEY:}"\`.

${ownTable()}

## The subscriptions JSON

${subscriptionsTable()}

## The processing JSON

${processingTable()}

## JSON Schema

Made of the codecs, in the package: \`tickstock/schemas/tickstock.config.schema.json\`, \`websocket_subscriptions.schema.json\`,
\`processing_config.schema.json\`. What one accepts the codecs accept; what several values make together, and what a \`\${VAR}\` stands for, only \`tickstock check\` knows.
`.trimStart()
