import { environmentRows } from './environment.ts'
import { FromText } from './kind.ts'
import { nearest, problem, type Problem, problemsOf } from './problem.ts'
import type { Row } from './row.ts'
import { type Given, warning } from './rows.ts'
import type { Variables } from './variables.ts'

export interface EnvironmentSources {
  /** Of the process. */
  readonly environment: Variables
  /** Of a `.env` file: below the process's own, always. */
  readonly dotEnv: Variables
  /** What the file is called in messages. */
  readonly dotEnvName: string
  /** Variables that a `${…}` asks for: they are known, whatever they are called. */
  readonly isUsed: (name: string) => boolean
}

export interface EnvironmentGiven extends Given {
  readonly source: string
}

export interface EnvironmentLayer {
  readonly given: readonly EnvironmentGiven[]
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/** Set to nothing is not set; but in the process's environment it hides the file's. */
const valueIn = (
  name: string,
  { environment, dotEnv, dotEnvName }: EnvironmentSources,
): { readonly text: string; readonly source: string } | undefined => {
  const own = environment[name]
  const text = own ?? dotEnv[name]
  if (text === undefined || text.trim() === '') return undefined
  return { text, source: own === undefined ? dotEnvName : 'environment' }
}

/** Options of the command line that a shell's history should not have. */
const others = new Set(['TICKSTOCK_KEY', 'TICKSTOCK_HTTP_TOKEN'])

const known = environmentRows.flatMap(({ name, aliases }) => [name, ...aliases])

/** Names that look like ours and are not. The environment belongs to everybody: only our own prefix makes an error of it. */
const strangersOf = (sources: EnvironmentSources): Pick<EnvironmentLayer, 'problems' | 'warnings'> => {
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const names = new Set([...Object.keys(sources.environment), ...Object.keys(sources.dotEnv)])
  for (const name of names) {
    const given = valueIn(name, sources)
    if (given === undefined || known.includes(name) || others.has(name) || sources.isUsed(name)) continue
    const suggestion = nearest(name, known)
    if (name.startsWith('TICKSTOCK_')) {
      problems.push(
        problem({
          source: given.source,
          path: name,
          found: 'a variable that is not known',
          allowed: `one of ${known.filter((one) => one.startsWith('TICKSTOCK_')).join(', ')}`,
          ...(suggestion === undefined ? {} : { suggestion }),
        }),
      )
    } else if (suggestion !== undefined && name.length > 6) {
      warnings.push(warning(given.source, name, `${name} is not known and has no effect; did you mean ${suggestion}?`))
    }
  }
  return { problems, warnings }
}

/** A variable is one text: places within it are not told. */
const inVariable = (name: string, { source, found, allowed, suggestion }: Problem): Problem =>
  problem({ source, path: name, found, allowed, ...(suggestion === undefined ? {} : { suggestion }) })

const readRow = (
  row: Row,
  sources: EnvironmentSources,
): { readonly given?: EnvironmentGiven; readonly problems: readonly Problem[] } => {
  const found = [row.name, ...row.aliases].flatMap((name) => {
    const given = valueIn(name, sources)
    return given === undefined ? [] : [{ name, ...given }]
  })
  const [first, second] = found
  if (first === undefined) return { problems: [] }
  if (second !== undefined && second.text.trim() !== first.text.trim() && first.source === second.source) {
    return {
      problems: [
        problem({
          source: first.source,
          path: first.name,
          found: `another value than in ${second.name}`,
          allowed: `one of the two, which are two names of the vendor for the same`,
        }),
      ],
    }
  }
  // Under two names, the process's own still comes before the file's.
  const best = found.find(({ source }) => source === 'environment') ?? first
  const decoded = row.kind.codec.validate(new FromText(best.text), [{ key: best.name, type: row.kind.codec }])
  return decoded._tag === 'Left'
    ? { problems: problemsOf(best.source, decoded.left).map((one) => inVariable(best.name, one)) }
    : { given: { row, path: best.name, value: decoded.right, source: best.source }, problems: [] }
}

/** Every variable that is understood, and everything that is wrong in them. */
export const environmentLayer = (sources: EnvironmentSources): EnvironmentLayer => {
  const read = environmentRows.map((row) => readRow(row, sources))
  const strangers = strangersOf(sources)
  return {
    given: read.flatMap(({ given }) => (given === undefined ? [] : [given])),
    problems: [...read.flatMap(({ problems }) => problems), ...strangers.problems],
    warnings: [
      ...read.flatMap(({ given }) =>
        given?.row.class === 'recognised'
          ? [warning(given.source, given.path, `${given.path} has no effect: ${given.row.note ?? ''}`)]
          : [],
      ),
      ...strangers.warnings,
    ],
  }
}
