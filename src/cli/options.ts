import { parseArgs } from 'node:util'

import { didYouMean } from '../didYouMean.ts'
import { ChaosSpecError, parseChaos } from '../simulator/index.ts'
import { WrongUse } from './errors.ts'

/** What a text was read as, or what it should have been, or a sentence about what is wrong in it. */
type Read<T> = { readonly value: T } | { readonly expected: string } | { readonly wrong: string }

/**
 * One option, said once: parsing, checks and help are made from it. Its name is its key in the table, spelled as it is
 * typed behind `--`.
 */
export interface Option<T> {
  /** What stands for the value in the help, `N`; absent when the option takes none. */
  readonly placeholder?: string
  /** One letter: `h` for `-h`. */
  readonly short?: string
  readonly help: string
  /** An environment variable that is asked when the option is not given. */
  readonly env?: string
  /** The value never appears in a message. */
  readonly isSecret?: boolean
  /** The value when nothing is given. */
  readonly fallback: T
  readonly read: (text: string) => Read<T>
  /** Given more than once, all of them count, as one text with commas between. Otherwise the last one does. */
  readonly isList?: boolean
}

export type OptionTable = Readonly<Record<string, Option<unknown>>>
export type ValuesOf<O extends OptionTable> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never }

interface Said<T> {
  readonly help: string
  readonly fallback: T
  readonly placeholder?: string
}

const numberForm = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i

const grouped = (value: number): string => value.toLocaleString('en-US')

/** A whole number within limits, both allowed. */
export const wholeNumber = <F extends number | undefined>(
  said: Said<F> & { readonly what: string; readonly least: number; readonly most: number },
): Option<number | F> => {
  const { what, least, most, placeholder = 'N', ...rest } = said

  return {
    placeholder,
    ...rest,
    read: (text) => {
      const value = numberForm.test(text) ? Number(text) : NaN
      return Number.isInteger(value) && value >= least && value <= most
        ? { value }
        : { expected: `${what}, a whole number from ${least} to ${most}` }
    },
  }
}

/** A number above 0. */
export const aboveZero = <F extends number | undefined>(
  said: Said<F> & { readonly what: string; readonly most: number },
): Option<number | F> => {
  const { what, most, placeholder = 'N', ...rest } = said

  return {
    placeholder,
    ...rest,
    read: (text) => {
      const value = numberForm.test(text) ? Number(text) : NaN
      return value > 0 && value <= most
        ? { value }
        : { expected: `${what}, a number above 0 and up to ${grouped(most)}` }
    },
  }
}

/** Any text but an empty one. */
export const text = <F extends string | undefined>(
  said: Said<F> & { readonly what: string; readonly env?: string; readonly isSecret?: boolean },
): Option<string | F> => {
  const { what, placeholder = 'TEXT', ...rest } = said

  return { placeholder, ...rest, read: (given) => (given.trim() === '' ? { expected: what } : { value: given }) }
}

/** One of some words. */
export const oneOf = <const W extends string, const F extends NoInfer<W> | undefined>(
  words: readonly W[],
  said: { readonly help: string; readonly fallback: F },
): Option<W | F> => ({
  placeholder: words.join('|'),
  ...said,
  read: (given) => {
    const value = words.find((word) => word === given)
    return value === undefined ? { expected: words.join(' or ') } : { value }
  },
})

/** Some of a few words, each once. */
export const someOf = <const W extends string>(
  words: readonly W[],
  said: { readonly help: string; readonly fallback: readonly NoInfer<W>[] },
): Option<readonly W[]> => ({
  placeholder: 'A,B,C',
  ...said,
  read: (given) => {
    const names = given.split(',').map((name) => name.trim())
    const value = names.map((name) => words.find((word) => word === name)).filter((word) => word !== undefined)
    return value.length === names.length && new Set(value).size === value.length
      ? { value }
      : { expected: `one or more of ${words.join(', ')}, each once` }
  },
})

/** Off unless it is there. */
export const flag = (said: { readonly help: string; readonly short?: string }): Option<boolean> => ({
  ...said,
  fallback: false,
  read: () => ({ value: true }),
})

/** As fast as the clock, faster, or as fast as can be. */
export const speed = (said: Said<number | 'max'>): Option<number | 'max'> => {
  const multiple = aboveZero({ ...said, fallback: 1, what: 'times the clock', most: 1_000_000 })

  return {
    placeholder: 'N|max',
    ...said,
    read: (given) => {
      const read = given === 'max' ? { value: given } : multiple.read(given)
      return 'expected' in read ? { expected: `${read.expected}, or max` } : (read as Read<number | 'max'>)
    },
  }
}

const tickerForm = /^[^\s,*"\\]{1,32}$/
const tickersMax = 100_000

/** How many tickers, or which: `500`, `AAPL,MSFT`. */
export const tickers = <F extends number | readonly string[] | undefined>(
  said: Said<F>,
): Option<number | readonly string[] | F> => ({
  placeholder: 'N|A,B,C',
  ...said,
  read: (given) => {
    if (/^[+-]?[\d.]+$/.test(given)) {
      const value = Number(given)
      return Number.isInteger(value) && value >= 1 && value <= tickersMax
        ? { value }
        : { expected: `how many, a whole number from 1 to ${tickersMax}, or names such as AAPL,MSFT` }
    }
    const names = given.split(',').map((name) => name.trim())
    if (!names.every((name) => tickerForm.test(name))) return { expected: 'names such as AAPL,MSFT, or how many' }
    return new Set(names).size < names.length ? { expected: 'each name once' } : { value: names }
  },
})

/** Which tickers, by name. */
export const tickerList = <F extends readonly string[] | undefined>(said: Said<F>): Option<readonly string[] | F> => ({
  placeholder: 'A,B,C',
  ...said,
  read: (given) => {
    const names = given.split(',').map((name) => name.trim())
    if (!names.every((name) => tickerForm.test(name))) return { expected: 'names such as AAPL,MSFT' }
    return new Set(names).size < names.length ? { expected: 'each name once' } : { value: names }
  },
})

/** A timetable of faults, kept as it is typed; several are one. */
export const chaos = (said: { readonly help: string }): Option<string | undefined> => ({
  placeholder: 'SPEC',
  ...said,
  fallback: undefined,
  read: (given) => {
    try {
      parseChaos(given)
      return { value: given }
    } catch (error) {
      if (error instanceof ChaosSpecError) return { wrong: error.message.replace(/^chaos, /, '') }
      throw error
    }
  },
  isList: true,
})

/** What was typed behind a command. */
export interface Parsed<O extends OptionTable> {
  readonly values: ValuesOf<O>
  /** What is no option, in order. */
  readonly operands: readonly string[]
  /** Whether `--help` is among it; then nothing else was checked. */
  readonly wantsHelp: boolean
}

/** Of every command. */
export const helpOption = flag({ short: 'h', help: 'this page' })

/** `--rate=1` and `--rate 1` alike. A value that begins with a dash needs the first form, unless it is a number. */
const looksLikeOption = (value: string): boolean => value.startsWith('-') && value !== '-' && !numberForm.test(value)

const valueOf = (name: string, option: Option<unknown>, given: string, from = `--${name}`): unknown => {
  const read = option.read(given)
  if ('value' in read) return read.value
  if ('wrong' in read) throw new WrongUse(`${from}: ${read.wrong}`)
  const shown = option.isSecret === true ? '' : ` ${given === '' ? '""' : given}`
  throw new WrongUse(`${from}${shown.slice(0, 80)}: expected ${read.expected}`)
}

/**
 * Reads the arguments of one command by its table.
 *
 * Throws `WrongUse` for the first thing that is wrong. What was typed as the value of an option that is not known is not
 * repeated: it may be a key.
 */
export const parse = <const O extends OptionTable>(
  table: O,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Parsed<O> => {
  const known: OptionTable = { ...table, help: helpOption }
  const options = Object.fromEntries(
    Object.entries(known).map(([name, { placeholder, short }]) => [
      name,
      {
        type: placeholder === undefined ? ('boolean' as const) : ('string' as const),
        ...(short === undefined ? {} : { short }),
      },
    ]),
  )
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })

  const given = new Map<string, unknown>()
  const lists = new Map<string, readonly string[]>()
  const operands: string[] = []
  const wantsHelp = tokens.some((token) => token.kind === 'option' && token.name === 'help')
  for (const token of wantsHelp ? [] : tokens) {
    if (token.kind === 'positional') operands.push(token.value)
    if (token.kind !== 'option') continue
    const { name, rawName, value, inlineValue } = token
    const option = Object.hasOwn(known, name) ? known[name] : undefined
    if (option === undefined) {
      throw new WrongUse(`unknown option ${rawName}${didYouMean(name, Object.keys(known), '--') || '; see --help'}`)
    }
    if (option.placeholder === undefined) {
      if (value !== undefined) throw new WrongUse(`--${name} takes no value`)
      given.set(name, true)
    } else if (value === undefined || (!inlineValue && looksLikeOption(value))) {
      throw new WrongUse(`--${name} needs a value: --${name} ${option.placeholder}`)
    } else {
      // Alone first: what is wrong in it is said by its own characters.
      given.set(name, valueOf(name, option, value))
      if (option.isList === true) {
        const all = [...(lists.get(name) ?? []), value]
        lists.set(name, all)
        given.set(name, valueOf(name, option, all.join(', ')))
      }
    }
  }

  const values = Object.entries(table).map(([name, option]) => {
    const fromEnv = option.env === undefined ? undefined : env[option.env]
    if (given.has(name)) return [name, given.get(name)]
    if (wantsHelp || fromEnv === undefined || fromEnv === '') return [name, option.fallback]
    return [name, valueOf(name, option, fromEnv, option.env)]
  })

  // Each value has gone through the `read` of its own option, or is its fallback.
  return { values: Object.fromEntries(values) as ValuesOf<O>, operands, wantsHelp }
}

const defaultOf = ({ placeholder, fallback }: Option<unknown>): string =>
  placeholder === undefined || (typeof fallback !== 'number' && typeof fallback !== 'string') ? '' : ` (${fallback})`

/** The options as help shows them, one a line. */
export const optionLines = (table: OptionTable): readonly string[] => {
  const rows = Object.entries({ ...table, help: helpOption }).map(([name, option]) => {
    const { placeholder, short, help, env } = option
    const value = placeholder === undefined ? '' : ` ${placeholder}`
    return [
      `${short === undefined ? '' : `-${short}, `}--${name}${value}`,
      `${help}${defaultOf(option)}${env === undefined ? '' : `; or ${env}`}`,
    ] as const
  })
  const width = Math.max(...rows.map(([left]) => left.length))

  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
