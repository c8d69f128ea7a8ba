import { compile } from './compile.ts'
import type { Draft } from './draft.ts'
import type { Step } from './step.ts'
import type { Row, RowCheck, Wire } from './table.ts'

/**
 * The event of a sound element, by the rules of its table's steps, or nothing: then the io-ts type is asked, and says why. What is
 * accepted here is what the type accepts, with the same values; it is there because most of what a type does is to be
 * ready for faults, and most elements have none.
 */
export type Accept = (wire: Wire) => Draft | undefined

/** How many combinations of present fields are accepted: they come from outside and must not fill a memory. */
const combinationsMax = 64

const valueSource = ({ wire, absent, bit }: Step, i: number, source: number): string => {
  const missing = {
    refuse: 'return undefined',
    omit: '',
    value: `v${i} = default${i}`,
    // As the type has it: without the field it derives from, the element is refused for that one.
    field: `v${i} = ${source >= 0 && source < i ? `typeof v${source} === 'number' ? read${i}(v${source} + plus${i}) : plus${i}` : `plus${i}`}
      if (v${i} === undefined) return undefined`,
  }[typeof absent === 'string' ? absent : 'value' in absent ? 'value' : 'field']
  if (wire === null) return `let v${i}\n${missing}`
  return `
    const g${i} = wire[${JSON.stringify(wire)}]
    let v${i}
    if (g${i} !== undefined && g${i} !== null) {
      v${i} = read${i}(g${i})
      if (v${i} === undefined) return undefined
      present |= ${bit}
    } else { ${missing} }`
}

const acceptSource = (
  ev: string,
  steps: readonly Step[],
  sources: readonly number[],
  checks: readonly RowCheck<Row>[],
  looked: readonly string[],
): string => `
  return (wire) => {
    if (wire.ev !== ${JSON.stringify(ev)}) return undefined
    let present = 0
    ${steps.map((step, i) => valueSource(step, i, sources[i] ?? -1)).join('\n')}
    ${
      checks.length === 0
        ? ''
        : `const look = { ${looked.map((name) => `${JSON.stringify(name)}: v${steps.findIndex((step) => step.name === name)}`).join(', ')} }
    try {
      ${checks.map((_, i) => `if (!check${i}(look)) return undefined`).join('\n')}
    } catch { return undefined }`
    }
    const build = builderOf(present)
    return build === undefined ? undefined : build(${steps.map((_, i) => `v${i}`).join(', ')})
  }`

const buildSource = (ev: string, steps: readonly Step[], present: number): string => {
  const fields = steps.flatMap(({ name, absent, bit }, i) =>
    absent !== 'omit' || (present & bit) !== 0 ? [`${JSON.stringify(name)}: v${i}`] : [],
  )
  return `return (${steps.map((_, i) => `v${i}`).join(', ')}) => ({ ev: ${JSON.stringify(ev)}, ${fields.join(', ')} })`
}

type Build = (...values: readonly unknown[]) => Draft

/** Nothing where code cannot be made of text, or a field has a name only a copy of a template can have. */
export const acceptOf = (
  ev: string,
  steps: readonly Step[],
  sources: readonly number[],
  checks: readonly RowCheck<Row>[],
  looked: readonly string[],
): Accept | undefined => {
  if (steps.some(({ name }) => name === '__proto__')) return undefined
  const builders = new Map<number, Build>()

  const builderOf = (present: number): Build | undefined => {
    const known = builders.get(present)
    if (known !== undefined || builders.size >= combinationsMax) return known
    const made = compile(buildSource(ev, steps, present), {}) as Build
    builders.set(present, made)
    return made
  }

  const given: Record<string, unknown> = { builderOf }
  steps.forEach(({ read, absent }, i) => {
    given[`read${i}`] = read
    if (typeof absent === 'object') {
      if ('value' in absent) given[`default${i}`] = absent.value
      else given[`plus${i}`] = absent.plus
    }
  })
  checks.forEach(({ holds }, i) => {
    given[`check${i}`] = holds
  })
  return compile(acceptSource(ev, steps, sources, checks, looked), given) as Accept | undefined
}
