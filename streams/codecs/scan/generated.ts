import { compile } from '../compile.ts'
import { buildSource } from './buildSource.ts'
import { isFollowed } from './follow.ts'
import {
  powersOfTen,
  readInstant,
  readNumber,
  readWholes,
  nanoseconds,
  skipDecimal,
  skipFalse,
  skipNull,
  skipSpace,
  skipTrue,
  skipWholes,
  valueAfter,
} from './json.ts'
import type { Layout } from './layout.ts'
import { note } from './notes.ts'
import { presentOf } from './row.ts'
import { scanSource } from './scanSource.ts'
import type { BackEnd, Build, Memory } from './scanner.ts'
import { skipUnknown } from './unknown.ts'

/**
 * The fast back end: source text made of a layout and compiled, so that keys are a `switch` over bytes, numbers are read in
 * place, and an event is one object literal. What stands in the source is numbers and names as JSON has them; functions come
 * in as arguments.
 */

/** Everything the source refers to. */
const surroundings = {
  powersOfTen,
  readInstant,
  readNumber,
  readWholes,
  nanoseconds,
  skipDecimal,
  skipFalse,
  skipNull,
  skipSpace,
  skipTrue,
  skipWholes,
  valueAfter,
  skipUnknown,
  isFollowed,
  note,
  isSafeInteger: Number.isSafeInteger,
  fromCharCode: String.fromCharCode,
} as const

const made = (source: string, given: Readonly<Record<string, unknown>>): unknown =>
  compile(source, { ...surroundings, ...given })

const defaultsOf = ({ columns }: Layout): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Array.from(columns.values(), ({ name, otherwise }) => [name, otherwise]))

/** How many combinations of present keys get a builder of their own: they come from outside and must not fill a memory. */
const buildersMax = 64

const builder = (layout: Layout, defaults: Readonly<Record<string, unknown>>, general: Build): Build => {
  const builders = new Map<number, Build>()
  let lastPresent = -1
  let last = general

  return (rows, base, bytes, names) => {
    const present = presentOf(rows, base)
    if (present !== lastPresent) {
      let build = builders.get(present)
      if (build === undefined) {
        build = builders.size < buildersMax ? (made(buildSource(layout, present), { defaults }) as Build) : general
        if (build !== general) builders.set(present, build)
      }
      lastPresent = present
      last = build
    }
    return last(rows, base, bytes, names)
  }
}

/** The back end of a layout, or nothing where making code of text is forbidden. */
export const generated = (layout: Layout, { tickers, keys }: Memory, general: Build): BackEnd | undefined => {
  const { checks, drifts } = layout
  const defaults = defaultsOf(layout)
  const given = {
    tickers,
    keys,
    tickerMask: tickers.mask,
    defaults,
    ...Object.fromEntries(checks.map(({ holds }, i) => [`check${i}`, holds])),
    ...Object.fromEntries(drifts.map(({ holds }, i) => [`drift${i}`, holds])),
  }
  const scans = made(scanSource(layout), given) as Omit<BackEnd, 'build'> | undefined
  return scans && { ...scans, build: builder(layout, defaults, general) }
}
