import { isDeepStrictEqual } from 'node:util'

import type { Frequency } from '../../streams/frequency.ts'
import type { Endpoint, Provider } from '../../streams/provider.ts'
import type { Tickers } from '../../streams/tickers.ts'
import { areSameStages } from './control.ts'
import type { Limits } from './limits.ts'
import { type Ground, type Wanting, wishOf } from './plan.ts'

/** One thing that is different now. Keys are masked, providers and functions told by name. */
export interface Change {
  /** Where, in the engine's options: `links`, `link.pingMs`, `frequencies.per_minute.tickers`. */
  readonly path: string
  /** Absent where there was nothing, or the usual value. */
  readonly before?: unknown
  readonly after?: unknown
}

/** What can be seen of an engine's options. */
export interface View {
  readonly ground: Ground
  readonly limits: Limits
  readonly frequencies: readonly Wanting[]
}

/**
 * What is different between two views of an engine, in the order of the options. Frequencies are compared by name; tickers and
 * channels as sets; operators and functions by identity; providers by what they are and by the addresses, keys and accounts
 * that they give.
 */
export const differencesBetween = (before: View, after: View): readonly Change[] => [
  ...providerChange('provider', before.ground.provider, after.ground.provider, isSameProvider(before, after)),
  ...change('links', before.ground.mode, after.ground.mode),
  ...limitChanges(before.limits, after.limits),
  ...frequencyChanges(before, after),
]

const change = (path: string, before: unknown, after: unknown): readonly Change[] =>
  isDeepStrictEqual(before, after)
    ? []
    : [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }]

const limitChanges = (before: Limits, after: Limits): readonly Change[] => {
  const { link: linkBefore, ...othersBefore } = before
  const { link: linkAfter, ...othersAfter } = after
  return [...fieldChanges('', othersBefore, othersAfter), ...fieldChanges('link.', linkBefore, linkAfter)]
}

/** Field by field, and within fields that have fields: `link.retry.initialMs`. */
const fieldChanges = (prefix: string, before: object, after: object): readonly Change[] => {
  const a = before as Readonly<Record<string, unknown>>
  const b = after as Readonly<Record<string, unknown>>
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((field) => {
    const [was, is] = [a[field], b[field]]
    return isPlain(was) || isPlain(is)
      ? fieldChanges(`${prefix}${field}.`, isPlain(was) ? was : {}, isPlain(is) ? is : {})
      : change(`${prefix}${field}`, was, is)
  })
}

const isPlain = (value: unknown): value is object => typeof value === 'object' && value !== null

const frequencyChanges = (before: View, after: View): readonly Change[] => {
  const was = new Map(before.frequencies.map((one) => [one.frequency.name, one]))
  const is = new Map(after.frequencies.map((one) => [one.frequency.name, one]))
  const removed = [...was.keys()].filter((name) => !is.has(name))
  return [
    ...removed.map((name) => ({ path: `frequencies.${name}`, before: shownFrequency(was.get(name) as Wanting) })),
    ...[...is].flatMap(([name, one]) => {
      const former = was.get(name)
      return former === undefined
        ? [{ path: `frequencies.${name}`, after: shownFrequency(one) }]
        : fieldsOf(former, one, before, after)
    }),
  ]
}

const fieldsOf = (before: Wanting, after: Wanting, viewBefore: View, viewAfter: View): readonly Change[] => {
  const [a, b] = [before.frequency, after.frequency]
  const path = `frequencies.${a.name}`
  const plain = (field: 'host' | 'account' | 'whenFull' | 'limit' | 'required') =>
    change(`${path}.${field}`, a.options[field], b.options[field])
  const keys = { before: a.options.key, after: b.options.key }
  const isSame = isSameFor(a, b, viewBefore, viewAfter)

  return [
    ...change(`${path}.tickers`, shownTickers(a.options.tickers), shownTickers(b.options.tickers)),
    ...change(`${path}.channels`, [...a.eventTypes].sort(), [...b.eventTypes].sort()),
    ...(a.options.url === b.options.url ? [] : [told(`${path}.url`, shownUrl(a.options.url), shownUrl(b.options.url))]),
    ...plain('host'),
    ...(keys.before === keys.after ? [] : [masked(`${path}.key`, keys.before, keys.after)]),
    ...plain('account'),
    ...(a.options.provider === undefined && b.options.provider === undefined
      ? []
      : providerChange(`${path}.provider`, a.options.provider, b.options.provider, isSame)),
    ...(a.options.fallback === b.options.fallback
      ? []
      : [told(`${path}.fallback`, a.options.fallback?.name, b.options.fallback?.name)]),
    ...change(`${path}.priority`, before.priority, after.priority),
    ...plain('required'),
    ...plain('limit'),
    ...change(`${path}.quietMs`, a.quietMs, b.quietMs),
    ...change(`${path}.staleMs`, a.staleMs, b.staleMs),
    ...change(`${path}.speaks`, a.speaks, b.speaks),
    ...plain('whenFull'),
    ...(a.options.onGap === b.options.onGap
      ? []
      : [told(`${path}.onGap`, a.options.onGap && 'a function', b.options.onGap && 'a function')]),
    ...(areSameStages(a.stages, b.stages) ? [] : [told(`${path}.operators`, stagesOf(a), stagesOf(b))]),
  ]
}

/** A value that is told by a word: where the word is the same, it is another one. */
const told = (path: string, before: string | undefined, after: string | undefined): Change => ({
  path,
  ...(before === undefined ? {} : { before }),
  ...(after === undefined ? {} : { after: after === before ? `another: ${after}` : after }),
})

const masked = (path: string, before: string | undefined, after: string | undefined): Change =>
  told(path, before === undefined ? undefined : '***', after === undefined ? undefined : '***')

/** Without what may be a secret in it: user, password, query. */
const shownUrl = (url: string | undefined): string | undefined => {
  if (url === undefined || !URL.canParse(url)) return url === undefined ? undefined : 'an address'
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

const stagesOf = ({ stages }: Frequency): string =>
  stages.length === 0 ? 'none' : `${String(stages.length)} ${stages.length === 1 ? 'stage' : 'stages'}`

/** The order says nothing, nor does a ticker that is listed twice. */
const shownTickers = (tickers: Tickers = '*'): Tickers => (tickers === '*' ? '*' : [...new Set(tickers)].sort())

const shownFrequency = ({ frequency, priority }: Wanting): object => ({
  channels: frequency.eventTypes,
  tickers: shownTickers(frequency.options.tickers),
  priority,
})

const providerChange = (
  path: string,
  before: Provider | undefined,
  after: Provider | undefined,
  isSame: boolean,
): readonly Change[] => (isSame ? [] : [told(path, before?.name, after?.name)])

const providerOf = ({ ground }: View, { options }: Frequency): Provider => options.provider ?? ground.provider

/** Whether the engine's own provider goes on as it is: for all frequencies that have none of their own. */
const isSameProvider = (before: View, after: View): boolean => {
  const [a, b] = [before.ground.provider, after.ground.provider]
  if (a === b) return true
  if (after.ground.standIn(b) !== before.ground.standIn(a)) return false
  const own = after.frequencies.filter(({ frequency }) => frequency.options.provider === undefined)
  return own.every(({ frequency }) => isSameEndpoint(a, b, frequency))
}

const isSameFor = (a: Frequency, b: Frequency, before: View, after: View): boolean => {
  const [was, is] = [providerOf(before, a), providerOf(after, b)]
  if (was === is) return true
  return after.ground.standIn(is) === before.ground.standIn(was) && isSameEndpoint(was, is, b)
}

const isSameEndpoint = (a: Provider, b: Provider, frequency: Frequency): boolean => {
  const wish = wishOf(frequency)
  const [was, is] = [endpointOf(a, wish), endpointOf(b, wish)]
  if (was === undefined || is === undefined) return was === is
  return (
    was.url === is.url &&
    was.key.reveal() === is.key.reveal() &&
    was.account === is.account &&
    was.connectionsMax === is.connectionsMax
  )
}

/** Undefined when it cannot be had without an address of its own. */
const endpointOf = (provider: Provider, wish: Parameters<Provider['endpoint']>[0]): Endpoint | undefined => {
  try {
    return provider.endpoint(wish)
  } catch {
    return undefined
  }
}
