import { type Reading, readConfiguration } from '../../src/config/readConfiguration.ts'

// Goal: every combination of mode, providers, switches, keys and legacy variables ends in the documented plan or the documented error.
// Method: all of them, generated, against the rules of docs/configuration.md written down once more as tables. Pure functions, no file.

interface Combination {
  readonly mode: string | undefined
  readonly providers: string | undefined
  readonly master: string | undefined
  /** per_second, per_minute, fair_market_value. */
  readonly switches: readonly (string | undefined)[]
  readonly keys: readonly ('POLYGON_API_KEY' | 'POLYGON_BUSINESS_API_KEY')[]
  readonly usePolygon: string | undefined
  readonly useSynthetic: string | undefined
}

const unset = undefined
const modes = [unset, 'production', 'test', 'hybrid', 'Production']
const providerLists = [unset, 'polygon', 'synthetic', 'simulated', 'polygon,synthetic', 'both', 'polygon,bloomberg']
const masters = [unset, 'false', 'true']
const switchRows = [[unset, unset, unset] as const].concat(
  ['true', 'false'].flatMap((s) => ['true', 'false'].flatMap((m) => ['true', 'false'].map((f) => [s, m, f] as never))),
)
const keySets = [
  [],
  ['POLYGON_API_KEY'],
  ['POLYGON_BUSINESS_API_KEY'],
  ['POLYGON_API_KEY', 'POLYGON_BUSINESS_API_KEY'],
] as const
const flags = [unset, 'true', 'false']

const combinations = function* (): Generator<Combination> {
  for (const mode of modes)
    for (const providers of providerLists)
      for (const master of masters)
        for (const switches of switchRows)
          for (const keys of keySets)
            for (const usePolygon of flags)
              for (const useSynthetic of flags)
                yield { mode, providers, master, switches, keys, usePolygon, useSynthetic }
}

const secrets = { POLYGON_API_KEY: 'individual-key', POLYGON_BUSINESS_API_KEY: 'business-key' }

const environmentOf = ({ mode, providers, master, switches, keys, usePolygon, useSynthetic }: Combination) => ({
  DATA_SOURCE_MODE: mode,
  ACTIVE_DATA_PROVIDERS: providers,
  ENABLE_MULTI_FREQUENCY: master,
  WEBSOCKET_PER_SECOND_ENABLED: switches[0],
  WEBSOCKET_PER_MINUTE_ENABLED: switches[1],
  WEBSOCKET_FAIR_VALUE_ENABLED: switches[2],
  USE_POLYGON_API: usePolygon,
  USE_SYNTHETIC_DATA: useSynthetic,
  ...Object.fromEntries(keys.map((name) => [name, secrets[name]])),
})

const names = ['per_second', 'per_minute', 'fair_market_value']

/** What the documents say: a word for each error, or each frequency with its provider, or `off`. */
const documented = (combination: Combination): readonly string[] => {
  const { mode, providers, master, switches, keys, usePolygon, useSynthetic } = combination
  const isBare = Object.values(environmentOf(combination)).every((value) => value === undefined)
  if (isBare) return names.map((name) => `${name} simulated`)

  // What is wrong in itself is said, and nothing is concluded from it.
  const wrong = [
    ...(mode === 'Production' ? ['DATA_SOURCE_MODE'] : []),
    ...(providers === 'polygon,bloomberg' ? ['ACTIVE_DATA_PROVIDERS'] : []),
  ]

  const runs = names.filter((_name, i) => (switches[i] ?? (i === 0 ? 'true' : 'false')) === 'true')
  const on = master === 'true' ? runs : runs.filter((name) => name === 'per_second')

  const listed =
    { polygon: ['polygon'], synthetic: ['simulated'], simulated: ['simulated'] }[providers ?? ''] ??
    (providers === undefined ? undefined : ['polygon', 'simulated'])
  // Migration comes first: legacy words are turned into a list.
  const migrated =
    useSynthetic === 'true'
      ? listed?.includes('simulated') === true && (usePolygon !== 'true' || listed.length === 2)
        ? listed
        : ['simulated']
      : usePolygon === 'true'
        ? [...new Set([...(listed ?? []), 'polygon'])]
        : usePolygon === 'false'
          ? (listed ?? ['simulated'])
          : listed
  const active =
    migrated ??
    { production: ['polygon'], test: ['simulated'], hybrid: ['polygon', 'simulated'] }[mode ?? 'production'] ??
    []
  const first = mode === 'test' ? 'simulated' : 'polygon'
  const usual = active.includes(first) ? first : active[0]
  const canMakeUp = mode === 'hybrid' && active.includes('simulated')

  const [hasApi, hasBusiness] = [keys.includes('POLYGON_API_KEY'), keys.includes('POLYGON_BUSINESS_API_KEY')]
  const wantsPolygon = migrated?.includes('polygon') === true || (usual === 'polygon' && on.length > 0)
  const errors = [...wrong, ...(wrong.length === 0 && wantsPolygon && keys.length === 0 ? ['POLYGON_API_KEY'] : [])]

  const covered: Readonly<Record<string, boolean>> = {
    per_second: hasApi,
    per_minute: hasApi || hasBusiness,
    fair_market_value: hasBusiness,
  }
  const plan = on.map((name) => {
    if (usual !== 'polygon' || keys.length === 0 || covered[name] === true) return `${name} ${usual ?? ''}`
    if (canMakeUp) return `${name} simulated`
    return name === 'fair_market_value' ? `${name} off` : `${name} error`
  })
  const uncovered = plan.some((one) => one.endsWith('error')) && wrong.length === 0 ? ['per_second host'] : []
  const isNothing = on.length === 0 || (wrong.length === 0 && plan.every((one) => one.endsWith('off')))
  const nothing = isNothing ? ['nothing runs'] : []
  const all = [...errors, ...uncovered, ...nothing]
  return all.length > 0 ? all.map((one) => `error: ${one}`).sort() : plan
}

const told = ({ options, problems }: Reading): readonly string[] => {
  if (options !== undefined) {
    return options.frequencies.map(({ name, provider, off }) => `${name} ${off === undefined ? provider : 'off'}`)
  }
  return problems
    .map(({ path, allowed }) => {
      if (/^frequencies(\.fair_market_value)?$/.test(path)) return 'error: nothing runs'
      if (allowed.startsWith('a host for a Business key')) return 'error: per_second host'
      return `error: ${allowed.startsWith('a key: set POLYGON_API_KEY') ? 'POLYGON_API_KEY' : path}`
    })
    .sort()
}

it('ends every combination in the documented plan or the documented error', () => {
  const different: object[] = []
  let count = 0
  for (const combination of combinations()) {
    count += 1
    const environment = environmentOf(combination)
    const reading = readConfiguration({ environment, files: [], directory: '/nowhere' })
    const expected = documented(combination)
    const found = told(reading)
    if (found.join() !== expected.join()) different.push({ environment, expected, found })
    // Whatever it is, no key is in it.
    const said = JSON.stringify([reading.problems, reading.warnings, reading.decisions])
    if (Object.values(secrets).some((key) => said.includes(key))) different.push({ environment, leaked: true })
  }
  expect(different.slice(0, 3)).toEqual([])
  expect(different).toHaveLength(0)
  expect(count).toBe(5 * 7 * 3 * 9 * 4 * 9)
})
