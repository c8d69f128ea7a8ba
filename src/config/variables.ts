import { FromText } from './kind.ts'

/** Variables by name: the process's environment, or what a `.env` file says. */
export type Variables = Readonly<Record<string, string | undefined>>

const variable = /\$\{([A-Za-z_]\w*)(?::([^}]*))?\}/g

const filled = (text: string, variables: Variables): FromText => {
  const unset: string[] = []
  const whole = text.replaceAll(variable, (_all, name: string, fallback: string | undefined) => {
    const value = variables[name]
    if (value !== undefined && value !== '') return value
    if (fallback === undefined) unset.push(name)
    return fallback ?? ''
  })
  return new FromText(whole, unset)
}

/** Puts variables in the place of `${VAR}` and `${VAR:default}`, at any depth. What the texts mean is for the codecs. */
export const interpolated = (value: unknown, variables: Variables): unknown => {
  if (typeof value === 'string') return value.search(variable) < 0 ? value : filled(value, variables)
  if (Array.isArray(value)) return value.map((one) => interpolated(one, variables))
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, interpolated(inner, variables)]))
    : value
}

/** The names in all `${…}` of a value. */
export const variablesIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [...value.matchAll(variable)].map(([, name]) => name ?? '')
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(variablesIn) : []
}
