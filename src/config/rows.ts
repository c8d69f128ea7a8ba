import { decodeGood, type Field, type Fields, type Kind, object } from './kind.ts'
import type { Problem } from './problem.ts'
import { problem, problemsOf, shown } from './problem.ts'
import type { Row } from './row.ts'

/** Any object while it is being put together. */
export type Tree = Readonly<Record<string, unknown>>

/** Other spellings of keys, by the path of the object that has them: `subscriptions`. */
export type SpellingsAt = (path: string) => Readonly<Record<string, string>>

/** The codec of a file whose fields are rows: objects within objects, as their names say. */
export const objectOfRows = (rows: readonly Row[], spellingsAt: SpellingsAt, path = ''): Kind<Tree> => {
  const groups = new Map<string, { readonly name: string; readonly row: Row }[]>()
  for (const one of rows) {
    const [head = '', ...rest] = one.name.slice(path === '' ? 0 : path.length + 1).split('.')
    const group = groups.get(head) ?? []
    groups.set(head, [...group, { name: rest.join('.'), row: one }])
  }
  const fields: Record<string, Field> = {}
  for (const [head, group] of groups) {
    const inner = path === '' ? head : `${path}.${head}`
    const [only] = group
    fields[head] =
      only?.name === ''
        ? only.row
        : {
            kind: objectOfRows(
              group.map((one) => one.row),
              spellingsAt,
              inner,
            ),
            meaning: '',
            ...(group.some(({ row }) => row.isRequired === true && inner.split('.').length === 1)
              ? { isRequired: true }
              : {}),
          }
  }
  return object('an object', fields as Fields, spellingsAt(path))
}

export const at = (tree: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (so, name) => (typeof so === 'object' && so !== null ? (so as Record<string, unknown>)[name] : undefined),
      tree,
    )

/** A tree with a value at a path; what is there already stays. */
export const withAt = (tree: Tree, path: string, value: unknown): Tree => {
  const [head = '', ...rest] = path.split('.')
  const inner = tree[head]
  if (rest.length === 0) return { ...tree, [head]: value }
  return { ...tree, [head]: withAt((inner ?? {}) as Tree, rest.join('.'), value) }
}

/** What a row of a source gave. */
export interface Given {
  readonly row: Row
  /** As it is written there: the variable's name, the path in the file. */
  readonly path: string
  /** Decoded, before `make`. */
  readonly value: unknown
}

export interface Laid {
  readonly tree: Tree
  /** Which row each path of the tree came from. */
  readonly from: ReadonlyMap<string, string>
}

/** Puts what rows gave to its places. Of several for one place the row decides which counts. */
export const laid = (given: readonly Given[]): Laid => {
  const from = new Map<string, string>()
  let tree: Tree = {}
  for (const { row, path, value } of given) {
    const made = row.make(value)
    for (const place of row.to) {
      const there = at(tree, place)
      const isBetter =
        there === undefined ||
        (row.joining === 'largest' && (made as number) > (there as number)) ||
        (row.joining === 'least' && (made as number) < (there as number))
      if (!isBetter) continue
      tree = withAt(tree, place, made)
      from.set(place, path)
    }
  }
  return { tree, from }
}

/** What is odd in what rows gave: rows that mean nothing here. */
export const recognisedOnly = (source: string, given: readonly Given[]): readonly Problem[] =>
  given.flatMap(({ row, path }) =>
    row.class === 'recognised'
      ? [warning(source, path, `${path} has no effect: ${row.note ?? 'nothing here has it'}`)]
      : [],
  )

/** A warning is one sentence. */
export const warning = (source: string, path: string, message: string): Problem => ({
  source,
  path,
  found: '',
  allowed: '',
  message,
})

/** Decodes a file by its rows: the good values and every error of the others. */
export const decodeRows = (
  source: string,
  rows: readonly Row[],
  spellingsAt: SpellingsAt,
  input: unknown,
): { readonly given: readonly Given[]; readonly problems: readonly Problem[]; readonly value: Tree } => {
  const kind = objectOfRows(rows, spellingsAt)
  const { value, errors } = decodeGood(kind, input, [{ key: '', type: kind.codec }])
  const byName = new Map(rows.map((row) => [row.name, row]))
  // In the order of the file: it decides between equals.
  const walk = (tree: Tree, path: string): readonly Given[] =>
    Object.entries(tree).flatMap(([name, inner]): readonly Given[] => {
      const place = path === '' ? name : `${path}.${name}`
      const row = byName.get(place)
      if (row !== undefined) return [{ row, path: place, value: inner }]
      return typeof inner === 'object' && inner !== null ? walk(inner as Tree, place) : []
    })
  const tree = value ?? {}
  const given = walk(tree, '')
  return { given, problems: problemsOf(source, errors), value: tree }
}

/** What lies outside of the ranges that rows have. */
export const rangesOf = (
  source: string,
  given: readonly Given[],
): { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] } => {
  const problems: Problem[] = []
  const warnings: Problem[] = []
  for (const { row, path, value } of given) {
    if (typeof value !== 'number') continue
    const { errorOutside: error, warnOutside: warn } = row
    if (error !== undefined && !(value >= error[0] && value <= error[1])) {
      problems.push(problem({ source, path, found: shown(value), allowed: `a number from ${error[0]} to ${error[1]}` }))
    } else if (warn !== undefined && !(value >= warn[0] && value <= warn[1])) {
      warnings.push(warning(source, path, `${path} is ${value}; usual is ${warn[0]} to ${warn[1]}`))
    }
  }
  return { problems, warnings }
}
