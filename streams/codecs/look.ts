import type { Fields, Row, RowCheck } from './table.ts'

/** The fields some of these checks name, in the table's order. */
export const namedBy = (fields: Fields, checks: readonly RowCheck<Row>[]): readonly string[] => {
  const named = new Set(checks.flatMap((check) => check.fields))
  return Object.keys(fields).filter((name) => named.has(name))
}

/** What checks are shown of an event: these fields and no others, undefined where it has none. */
export const lookAt = (names: readonly string[], event: Row): Record<string, unknown> => {
  const look: Record<string, unknown> = {}
  for (const name of names) look[name] = event[name]
  return look
}
