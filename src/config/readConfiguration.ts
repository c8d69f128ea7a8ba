import type { Decision } from './conflicts.ts'
import { completed } from './complete.ts'
import type { EngineOptions } from './engineOptions.ts'
import { type EnvironmentLayer, environmentLayer } from './environmentLayer.ts'
import { usualFiles } from './files.ts'
import { decodeGood } from './kind.ts'
import { type Layer, merged, type Origin } from './layers.ts'
import { migrated } from './legacy.ts'
import { hideKeys } from './masked.ts'
import { presets } from './presets.ts'
import { ConfigurationError, type Problem, problemsOf } from './problem.ts'
import { processingRows } from './processing.ts'
import { at, decodeRows, laid, rangesOf, recognisedOnly, type Tree, withAt } from './rows.ts'
import { builtInProviders, type Configuration, type KnownProviders, shapeOf } from './shape.ts'
import { type FileWish, readFiles, type SourceFile, usualWishes } from './sources.ts'
import { spellingsAt } from './spellings.ts'
import { subscriptionRows } from './subscriptions.ts'
import { synthetic } from './synthetic.ts'
import { interpolated, type Variables, variablesIn } from './variables.ts'
import type { PresetName } from './words.ts'

export interface ReadOptions {
  /** Has the last word: the same shape as `tickstock.config.json`. */
  readonly code?: Configuration
  /** What the command line says. */
  readonly commandLine?: Configuration
  /** Of the process, unless told otherwise. */
  readonly environment?: Variables
  /**
   * Files instead of the usual ones, the first before the others: `tickstock.config.json`, the subscriptions JSON, the processing JSON, `.env`,
   * each told by its content or name. An empty list for none.
   */
  readonly files?: readonly string[]
  /** Where files are. The current one. */
  readonly directory?: string
  /** What providers may be named: a registry. The built-in ones. */
  readonly providers?: KnownProviders
}

/** What was read: complete options, or what is wrong; never both. */
export interface Reading {
  /** Absent where there are problems. */
  readonly options?: EngineOptions
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
  /** Conflicts, and how they were settled. */
  readonly decisions: readonly Decision[]
  /** Nothing at all was given. */
  readonly isBare: boolean
  /** The files that were read, as they were named. */
  readonly files: readonly string[]
  /** The files that are read when they are there, by their whole paths, with what `lookOf` said of each before: for a watcher. */
  readonly looks: ReadonlyMap<string, string>
  /** Where each value came from, by its path. */
  readonly origins: ReadonlyMap<string, Origin>
}

interface Decoded {
  readonly layer: Layer
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

const ownLayer = (name: string, json: unknown, variables: Variables, known: KnownProviders): Decoded => {
  const kind = shapeOf(known)
  const { value, errors } = decodeGood(kind, interpolated(json, variables), [{ key: '', type: kind.codec }])
  const { $schema: _schema, ...tree } = value ?? {}
  return {
    layer: { name, tree, pathIn: (path) => path, lists: true, isOwn: true },
    problems: problemsOf(name, errors),
    warnings: [],
  }
}

const rowsLayer = ({ name, kind, json }: SourceFile, variables: Variables, known: KnownProviders): Decoded => {
  const rows = kind === 'subscriptions' ? subscriptionRows(known) : processingRows
  const { given, problems, value } = decodeRows(name, rows, spellingsAt, interpolated(json, variables))
  // An entry that is off says nothing about the simulator.
  const counted = given.filter(({ path, row }) => {
    const entry = /^subscriptions\.\w+/.exec(path)?.[0]
    return (
      entry === undefined || !row.to.some((to) => to.startsWith('providers.')) || at(value, `${entry}.enabled`) === true
    )
  })
  const { tree, from } = laid(counted)
  return {
    layer: {
      name,
      tree,
      pathIn: (path) => from.get(path) ?? path,
      lists: kind === 'subscriptions',
      isOwn: false,
    },
    problems,
    warnings: recognisedOnly(name, given),
  }
}

const valueOf = ({ given }: EnvironmentLayer, name: string): unknown =>
  given.find(({ row }) => row.name === name)?.value

/** The environment as two layers, so that each value says which of the two it came from; migrated before anything is judged. */
const environmentLayers = (
  read: EnvironmentLayer,
): { readonly layers: readonly Layer[]; readonly warnings: readonly Problem[] } => {
  const { tree, from } = laid(read.given)
  const flag = (name: string): boolean | undefined => valueOf(read, name) as boolean | undefined
  const [usePolygon, useSynthetic] = [flag('USE_POLYGON_API'), flag('USE_SYNTHETIC_DATA')]
  const migration = migrated(
    { ...(usePolygon === undefined ? {} : { usePolygon }), ...(useSynthetic === undefined ? {} : { useSynthetic }) },
    tree.activeProviders as readonly string[] | undefined,
  )
  const { activeProviders } = migration
  const legacy = useSynthetic === true ? 'USE_SYNTHETIC_DATA' : 'USE_POLYGON_API'
  const whole = activeProviders === undefined ? tree : withAt(tree, 'activeProviders', activeProviders)
  const nameOf = (path: string): string =>
    path === 'activeProviders' && activeProviders !== undefined ? legacy : (from.get(path) ?? path)
  const sourceOf = (path: string): string => read.given.find((one) => one.path === path)?.source ?? 'environment'

  return {
    layers: split(whole, '', (path) => sourceOf(nameOf(path))).map(({ source, tree: part }) => ({
      name: source,
      tree: part,
      pathIn: nameOf,
      lists: false,
      isOwn: false,
    })),
    warnings: migration.warnings,
  }
}

/** A tree by where its values came from. They do not overlap, so the order means nothing. */
const split = (
  tree: Tree,
  path: string,
  sourceOf: (path: string) => string,
): readonly { readonly source: string; readonly tree: Tree }[] => {
  const bySource = new Map<string, Tree>()
  const walk = (inner: unknown, place: string): void => {
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
      for (const [name, value] of Object.entries(inner)) walk(value, place === '' ? name : `${place}.${name}`)
    } else {
      const source = sourceOf(place)
      bySource.set(source, withAt(bySource.get(source) ?? {}, place, inner))
    }
  }
  walk(tree, path)
  return [...bySource].map(([source, part]) => ({ source, tree: part }))
}

/**
 * Reads everything that says how to run: code, the command line, the environment, `.env`, files, in this order of precedence. Never
 * throws for what is wrong in them: all of it comes back, with places and proposals.
 */
export const readConfiguration = (options: ReadOptions = {}): Reading => {
  const { code, commandLine, files, directory = process.cwd(), providers: known = builtInProviders } = options
  const { environment = process.env } = options

  const envFile = readFiles([{ name: usualFiles.dotEnv, mustExist: false, kind: 'dotEnv' }], directory)
  const named = (files ?? []).map((name): FileWish => ({ name, mustExist: true }))
  const early = readFiles(named, directory)
  const dotEnvs = [...early.files, ...envFile.files].filter(({ kind }) => kind === 'dotEnv')
  const dotEnv: Variables = Object.fromEntries(
    dotEnvs.toReversed().flatMap(({ variables: inFile }) => Object.entries(inFile ?? {})),
  )
  const variables: Variables = { ...dotEnv, ...environment }

  const usual = files === undefined ? usualWishes(variables) : []
  const late = readFiles(usual, directory)
  const found = [...early.files, ...late.files].filter(({ kind }) => kind !== 'dotEnv')
  const used = new Set(found.flatMap(({ json }) => variablesIn(json)))

  const env = environmentLayer({
    environment,
    dotEnv,
    dotEnvName: dotEnvs[0]?.name ?? usualFiles.dotEnv,
    isUsed: (name) => used.has(name),
  })
  const fromEnv = environmentLayers(env)
  const own = (name: string, json: unknown): Decoded => ownLayer(name, json, variables, known)
  const decodedFiles = found.map((file) =>
    file.kind === 'own' ? own(file.name, file.json) : rowsLayer(file, variables, known),
  )
  const decodedCode = code === undefined ? [] : [own('code', code)]
  const decodedLine = commandLine === undefined ? [] : [own('command line', commandLine)]

  const above: readonly Layer[] = [
    ...decodedCode.map(({ layer }) => layer),
    ...decodedLine.map(({ layer }) => ({ ...layer, lists: false, isOwn: false })),
    ...fromEnv.layers,
    ...decodedFiles.map(({ layer }) => layer),
  ]
  const preset = at(merged(above).tree, 'preset') as PresetName | undefined
  const layers: readonly Layer[] =
    preset === undefined
      ? above
      : [
          ...above,
          {
            name: `preset ${preset}`,
            tree: presets[preset],
            pathIn: (path) => path,
            lists: false,
            isOwn: false,
          },
        ]

  const isBare = env.given.length === 0 && env.problems.length === 0 && found.length === 0 && preset === undefined
  const whole = merged(layers)
  const completion = completed({ merged: whole, layers, isBare })
  const isSimulated = completion.options.activeProviders.includes('simulated')
  const ranges = [
    ...env.given.filter(({ row }) => isSimulated || !synthetic.includes(row)).map((one) => rangesOf(one.source, [one])),
    ...(isSimulated ? [correlationOrder(env)] : []),
  ]

  const first = [
    ...envFile.problems,
    ...early.problems,
    ...late.problems,
    ...env.problems,
    ...[...decodedCode, ...decodedLine, ...decodedFiles].flatMap(({ problems }) => problems),
    ...ranges.flatMap(({ problems }) => problems),
  ]
  const problems = [...first, ...withoutConsequences(completion.problems, first)]
  const hide = hideKeys({ variables, tree: whole.tree })

  return {
    ...(problems.length === 0 ? { options: completion.options } : {}),
    problems: problems.map(hide.problem),
    warnings: [
      ...env.warnings,
      ...fromEnv.warnings,
      ...decodedFiles.flatMap(({ warnings }) => warnings),
      ...ranges.flatMap(({ warnings }) => warnings),
      ...completion.warnings,
    ].map(hide.problem),
    decisions: completion.decisions,
    isBare,
    files: [...envFile.files, ...early.files, ...late.files].map(({ name }) => name),
    looks: new Map([envFile, early, late].flatMap(({ looks }) => looks)),
    origins: whole.origins,
  }
}

/** What cannot be judged while something that it rests on is wrong. */
const rests: readonly { readonly on: RegExp; readonly of: RegExp }[] = [
  {
    on: /MODE|PROVIDER|mode|[pP]rovider|API|apiKey|USE_|line \d|^$/,
    of: /API_KEY|apiKey|businessApiKey|[pP]rovider|PROVIDER|host$|^frequencies\.\w+$/,
  },
  { on: /ENABLE|enabled|frequencies|subscriptions|line \d|^$/, of: /^frequencies$/ },
]

const withoutConsequences = (later: readonly Problem[], first: readonly Problem[]): readonly Problem[] =>
  later.filter(
    ({ path }) =>
      !first.some((one) => one.path === path || rests.some(({ on, of }) => on.test(one.path) && of.test(path))),
  )

/** Volatile up to sideways up to trending. */
const correlationOrder = (env: EnvironmentLayer): ReturnType<typeof rangesOf> => {
  const [volatile, sideways, trending] = ['VOLATILE', 'SIDEWAYS', 'TRENDING'].map(
    (word) => valueOf(env, `SYNTHETIC_FMV_${word}_CORRELATION`) as number | undefined,
  )
  const values = [volatile ?? 0.65, sideways ?? 0.75, trending ?? 0.9] as const
  const isSaid = [volatile, sideways, trending].some((value) => value !== undefined)
  return isSaid && !(values[0] <= values[1] && values[1] <= values[2])
    ? {
        problems: [],
        warnings: [
          {
            source: 'environment',
            path: 'SYNTHETIC_FMV_SIDEWAYS_CORRELATION',
            found: '',
            allowed: '',
            message: `the correlations are usually volatile (${values[0]}) <= sideways (${values[1]}) <= trending (${values[2]})`,
          },
        ],
      }
    : { problems: [], warnings: [] }
}

/** The options, or a `ConfigurationError` that has everything that is wrong. */
export const configured = (options: ReadOptions = {}): EngineOptions => {
  const { options: read, problems, warnings } = readConfiguration(options)
  if (read === undefined) throw new ConfigurationError(problems, warnings)
  return read
}
