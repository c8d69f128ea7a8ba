// The rooms of docs/architecture.md: what each may import. A name is a path from the repository root.
const rx = '^node_modules/rxjs/'
const ws = '^node_modules/(@types/)?ws/'
const fp = '^node_modules/(fp-ts|io-ts)/'
const packages = '^node_modules/'
const node = '^(node:)?[a-z_/]+$'

const operators = '^operators/'
const flow = '^operators/flow/'
// calendar.ts and the tables it reads.
const calendar = '^operators/(?!index)[^/]+\\.ts$'
const streams = '^streams/'
const model = '^streams/model\\.ts$'
const codecs = '^streams/codecs/'
const link = '^streams/link/'
const frequencies = '^streams/frequencies/'
const kit = '^marbles/(index\\.ts$|kit/)'

// The order of src/: each may import those before it. Files that lie loose in src/ are leaves all of them share.
const leaf = '^src/(?!index|engine)[^/]+\\.ts$'
const order = [
  leaf,
  '^src/config/',
  '^src/frames/',
  '^src/simulator/',
  '^src/providers/',
  '^src/ops/(?!serve/)',
  '^src/engine(\\.ts$|/)',
  '^src/publisher/',
  '^src/recording/',
  '^src/ops/serve/',
  '^src/setup/',
  '^src/cli/',
]
const at = (name) =>
  order.find((room) => [`^src/${name}/`, `^src/${name}/(?!serve/)`, `^src/${name}(\\.ts$|/)`].includes(room))
const upTo = (room) => order.slice(0, order.indexOf(room) + 1)

/** `may` at run time too, `mayType` only as `import type`; anything else breaks the rule. */
const room = (name, from, { may, mayType = [], except = [] }) => [
  { name, severity: 'error', from: { path: from, pathNot: except }, to: { pathNot: [...may, ...mayType] } },
  ...(mayType.length === 0
    ? []
    : [
        {
          name: `${name}-type-only`,
          severity: 'error',
          from: { path: from, pathNot: except },
          to: { path: mayType, pathNot: may, dependencyTypesNot: ['type-only'] },
        },
      ]),
]

const src = (name, from, { may = [packages, streams], mayType = [] } = {}) =>
  room(`src-${name}`, from, { may: [...upTo(from), operators, node, ...may], mayType })

export default {
  forbidden: [
    ...room('operators-flow', flow, { may: [rx, flow] }),
    ...room('operators-market', '^operators/market/', {
      may: [rx, flow, calendar, '^operators/market/'],
      mayType: [model],
    }),
    ...room('operators-calendar', calendar, { may: [packages, calendar], mayType: [model] }),
    ...room('operators-door', '^operators/index\\.ts$', { may: [operators] }),

    ...room('streams-model', model, { may: [], mayType: [codecs] }),
    ...room('streams-codecs', codecs, { may: [fp, model, codecs] }),
    ...room('streams-link', link, { may: [ws, rx, flow, model, link], mayType: [codecs, node] }),
    // The three built-in definitions, made by the same defineFrequency as a host's own.
    ...room('streams-frequencies', frequencies, {
      may: [codecs, model, frequencies, '^streams/(?:defineFrequency|frequency)\\.ts$'],
    }),
    ...room('streams-rest', streams, {
      may: [streams, flow, calendar, rx],
      except: [model, codecs, link, frequencies],
    }),

    ...src('leaf', leaf),
    ...src('config', at('config')),
    ...src('frames', at('frames'), { may: [packages] }),
    ...src('simulator', at('simulator'), { may: [packages], mayType: [streams] }),
    ...src('providers', at('providers')),
    ...src('ops', at('ops')),
    ...src('engine', at('engine')),
    ...src('publisher', at('publisher')),
    ...src('recording', at('recording')),
    ...src('ops-serve', at('ops/serve')),
    ...src('setup', at('setup')),
    ...src('cli', at('cli'), { may: [packages, streams, kit] }),
    ...room('src-door', '^src/index\\.ts$', { may: ['^src/', streams, operators] }),

    ...room('marbles-kit', kit, {
      may: [rx, '^node_modules/pure-rand/', kit, operators, streams, node, leaf, at('engine'), at('providers')],
      mayType: ['^src/'],
    }),

    {
      name: 'socket',
      comment: 'Everything else takes frames from a source, which is what lets a marble stand in for a socket.',
      severity: 'error',
      from: {
        path: '^(src|streams|operators|marbles)/',
        pathNot: [link, at('simulator'), at('publisher'), at('cli'), '\\.marbles\\.ts$'],
      },
      to: { path: ws },
    },
    {
      name: 'either',
      comment: 'fp-ts and io-ts belong at boundaries.',
      severity: 'error',
      from: { path: '^(src|streams|operators)/', pathNot: [codecs, at('config')] },
      to: { path: fp },
    },
    {
      name: 'marble-pages',
      comment: 'The pages are tests; only tests read them.',
      severity: 'error',
      from: { pathNot: '^(test|marbles)/' },
      to: { path: '^marbles/', pathNot: kit },
    },
    {
      name: 'public-kit',
      comment: 'The pages of the two promises use what a host can use: the doors, and the declaration of the matchers.',
      severity: 'error',
      from: { path: '^marbles/streams/(isolation|noLoss)\\.marbles\\.ts$' },
      to: {
        path: '^(src|streams|operators|marbles)/',
        pathNot: ['^(src|operators|streams|marbles)/index\\.ts$', '^marbles/matchers\\.ts$'],
      },
    },
    {
      name: 'tests',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    {
      name: 'examples-through-doors',
      severity: 'error',
      from: { path: '^examples/' },
      to: {
        path: '^(src|streams|operators|marbles)/',
        dependencyTypesNot: ['aliased', 'aliased-tsconfig', 'aliased-tsconfig-paths', 'localmodule'],
      },
    },
    {
      name: 'declared-packages',
      comment: 'What is published may use only the packages that are installed with it; the page is bundled.',
      severity: 'error',
      from: { path: ['^(src|streams|operators)/', kit], pathNot: '^src/ops/serve/page/browser/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: '^node_modules/@types/' },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-cycle',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.build-)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
