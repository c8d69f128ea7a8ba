import type { Problem } from './problem.ts'
import type { Variables } from './variables.ts'

const mask = '***'

/** Variables whose names say that they hold something secret. */
const secretName = /KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL/i

/** Fields of the configuration that hold keys. */
const secretField = /(^|\.)(apiKey|businessApiKey|key|tokens)$/

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const keysIn = (tree: unknown, path = ''): readonly string[] => {
  if (secretField.test(path)) {
    return (Array.isArray(tree) ? tree : [tree]).filter((one): one is string => typeof one === 'string')
  }
  return isTree(tree) ? Object.entries(tree).flatMap(([name, inner]) => keysIn(inner, `${path}.${name}`)) : []
}

/** A key is masked where its field is; shorter ones would mask half of every sentence. */
const longEnough = (text: string): boolean => text.length >= 6

export interface Hiding {
  readonly text: (text: string) => string
  readonly problem: (problem: Problem) => Problem
}

/** Masks every key that is known, wherever it turns up: in the wrong field, or in the wrong variable. */
export const hideKeys = ({ variables, tree }: { readonly variables: Variables; readonly tree: unknown }): Hiding => {
  const named = Object.entries(variables).flatMap(([name, value]) =>
    secretName.test(name) && value !== undefined ? [value.trim()] : [],
  )
  const keys = [...new Set([...named, ...keysIn(tree)])].filter(longEnough).sort((a, b) => b.length - a.length)
  const text = (said: string): string => keys.reduce((so, one) => so.replaceAll(one, mask), said)

  return {
    text,
    problem: (one) => ({ ...one, path: text(one.path), found: text(one.found), message: text(one.message) }),
  }
}

/** A configuration for people: every key `***`. */
export const maskedTree = (tree: unknown, path = ''): unknown => {
  if (secretField.test(path)) return Array.isArray(tree) ? tree.map(() => mask) : mask
  if (Array.isArray(tree)) return tree.map((one) => maskedTree(one, path))
  return isTree(tree)
    ? Object.fromEntries(Object.entries(tree).map(([name, inner]) => [name, maskedTree(inner, `${path}.${name}`)]))
    : tree
}
