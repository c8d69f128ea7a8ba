import type { Provider } from '../../streams/provider.ts'
import { didYouMean } from '../didYouMean.ts'
import { polygon } from './polygon.ts'
import { replay } from './replay.ts'
import { simulated } from './simulated.ts'

/** Makes a provider of its options. */
export type ProviderMaker = (options: never) => Provider

/** Makers by the name that configuration calls them by. */
export type ProviderMakers = Readonly<Record<string, ProviderMaker>>

/** The providers that the product brings, `massive` and `synthetic` being other words for the same. */
export interface BuiltInProviders {
  readonly polygon: typeof polygon
  readonly massive: typeof polygon
  readonly replay: typeof replay
  readonly simulated: typeof simulated
  readonly synthetic: typeof simulated
}

type OptionsOf<M, Name extends string> = Name extends keyof M
  ? M[Name] extends (...options: infer Options) => Provider
    ? Options
    : never
  : string extends Name
    ? readonly [options?: object]
    : never

type MadeBy<M, Name extends string> = Name extends keyof M
  ? M[Name] extends (...options: never) => infer Made
    ? Made
    : never
  : Provider

/** Providers by name. Never changes: one with more in it is another one. */
export interface ProviderRegistry<M = BuiltInProviders> {
  /** The names there are, without the other words for the same. */
  readonly names: readonly string[]
  /** Other words, each with the name that it stands for. */
  readonly aliases: Readonly<Record<string, string>>
  has(word: string): boolean
  /** The name that a word stands for. A RangeError names those there are. */
  nameOf(word: string): string
  /**
   * A new provider. A RangeError for a name that does not exist, and for what the provider's own maker refuses, such as a key that is
   * missing.
   */
  make<const Name extends string>(name: Name, ...options: OptionsOf<M, Name>): MadeBy<M, Name>
}

const builtIn: ProviderMakers = { polygon, simulated, replay }

const aliases: Readonly<Record<string, string>> = { massive: 'polygon', synthetic: 'simulated' }

/**
 * The providers that can be had by name: the built-in ones and a host's own.
 *
 *     const providers = createProviderRegistry({ desk: ({ host }: { host: string }) => deskProvider(host) })
 *     providers.make('desk', { host: 'feed.example' })
 *     providers.make('polygon', { apiKey })
 *
 * Names are spelled in lower case letters, digits, `_` and `-`. One that is taken already is a RangeError: nobody's data shall come
 * from somewhere else than its name says.
 */
export const createProviderRegistry = <
  const Own extends { readonly [Name in keyof Own]: ProviderMaker } = BuiltInProviders,
>(
  own?: Own,
): ProviderRegistry<BuiltInProviders & Own> => {
  const makers = new Map<string, ProviderMaker>(Object.entries(builtIn))
  for (const [name, make] of Object.entries<ProviderMaker>(own ?? {})) {
    if (!/^[a-z][a-z0-9_-]*$/.test(name)) {
      throw new RangeError(
        `a provider's name is lower case letters, digits, _ and -, not ${JSON.stringify(name)}; it begins with a letter`,
      )
    }
    if (makers.has(name) || Object.hasOwn(aliases, name)) {
      throw new RangeError(`the provider ${name} is there already: give yours another name`)
    }
    if (typeof make !== 'function') {
      throw new RangeError(`the provider ${name} needs a function that makes it of its options, not ${typeof make}`)
    }
    makers.set(name, make)
  }
  const names = [...makers.keys()]

  const find = (word: string): string | undefined => {
    const name = Object.hasOwn(aliases, word) ? aliases[word] : word
    return name !== undefined && makers.has(name) ? name : undefined
  }
  const nameOf = (word: string): string => {
    const name = find(word)
    if (name !== undefined) return name
    const hint = didYouMean(word.toLowerCase(), [...names, ...Object.keys(aliases)])
    throw new RangeError(`no provider ${JSON.stringify(word)}${hint || `; there are ${names.join(', ')}`}`)
  }

  return {
    names,
    aliases,
    has: (word) => find(word) !== undefined,
    nameOf,
    make: (word, ...options) => {
      const name = nameOf(word)
      const make = makers.get(name) as (...options: readonly unknown[]) => unknown
      // Without options a maker gets empty ones: what is missing is for it to say.
      const made = make(...(options.length === 0 ? [{}] : options))
      // The compiler has read from the name what comes out; what a host's function gives is looked at.
      return checked(name, made) as ReturnType<ProviderRegistry<BuiltInProviders & Own>['make']>
    },
  }
}

const checked = (name: string, made: unknown): Provider => {
  const provider = made as Partial<Provider> | null | undefined
  const missing = (['endpoint', 'openSocket'] as const).filter((part) => typeof provider?.[part] !== 'function')
  if (missing.length > 0) {
    throw new RangeError(
      `the provider ${name} made something that is none: ${missing.join(' and ')} of it ${missing.length === 1 ? 'is' : 'are'} no function`,
    )
  }
  return made as Provider
}

/** The built-in ones. */
export const providers: ProviderRegistry = createProviderRegistry()
