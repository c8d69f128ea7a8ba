import type { AckRules } from '../index.ts'

/** The frequencies of a scenario, by their short names in steps and drawings. */
export const frequencyNames = ['per_second', 'per_minute', 'fair_market_value'] as const
export type Name = (typeof frequencyNames)[number]

export const eventTypes = ['T', 'A', 'AM', 'FMV'] as const
export type EventType = (typeof eventTypes)[number]

/** Whose an event type is. */
export const ownerOf = { T: 'per_second', A: 'per_second', AM: 'per_minute', FMV: 'fair_market_value' } as const

export const typesOf: Readonly<Record<Name, readonly EventType[]>> = {
  per_second: ['T', 'A'],
  per_minute: ['AM'],
  fair_market_value: ['FMV'],
}

export const tickers = ['AAPL', 'MSFT', 'GME'] as const
export type Ticker = (typeof tickers)[number]

/**
 * `one`: all frequencies on one link. `own`: each has its own, at an address of its own. `two`: fair market values have their own.
 * `dedicated`: each has its own, all to one address.
 */
export type Layout = 'one' | 'own' | 'two' | 'dedicated'

/** The address of a frequency's link at the start; its end names it in the vendor's rules. */
export const addressOf = (layout: Layout, name: Name): string =>
  layout === 'own' || (layout === 'two' && name === 'fair_market_value') ? `/${name}` : '/stocks'

export interface FrequencySetup {
  readonly limit: number
  readonly whenFull: 'lose' | 'block'
  /** `*`, or the first so many tickers. */
  readonly tickers: '*' | number
  /** What stands behind it: nothing, a stage over events, one over batches, or both. */
  readonly stages: 'none' | 'events' | 'batches' | 'both'
  /** Whether a loop, `each`, reads beside the reader that steps drive. */
  readonly isLooped: boolean
}

/**
 * A turn of the pump that takes no visible time. Runs with a longer one are not compared: frames of one moment share a turn or miss
 * it, and moments shift.
 */
export const quickTurnMs = 1 / 128

export interface Setup {
  readonly layout: Layout
  readonly startMs: number
  /** Between the wish for a turn of the pump and the turn. */
  readonly turnMs: number
  readonly inboxBytes: number
  readonly turnBytes: number
  /** How long what the vendor sends is on its way. */
  readonly latencyMs: number
  readonly ackLimitMs: number
  readonly channelsPerMessage: number
  readonly chunkPauseMs: number
  /** What the provider says that the account may hold; 0 when it says nothing. */
  readonly budget: number
  /** What chance always says. */
  readonly random: number
  readonly frequencies: Readonly<Record<Name, FrequencySetup>>
  /** Whether everything is mended before the close, or the engine is closed in the middle of it. */
  readonly ending: 'mended' | 'abrupt'
}

/** What an operator does to the next event, or batch, that it gets. */
export type OperatorFault = 'throws' | 'refuses' | 'rubbish' | 'completes' | 'timer' | 'swallows'

export type GarbageKind = (typeof garbageKinds)[number]
export const garbageKinds = [
  'element',
  'between',
  'breaks',
  'noJson',
  'empty',
  'emptyList',
  'unknownEvent',
  'unknownStatus',
] as const

/** One thing that happens. `at` names the frequency whose link, operators or readers are meant. */
export type Deed =
  | { readonly do: 'nothing' }
  | { readonly do: 'send'; readonly types: readonly EventType[]; readonly each: number; readonly ticker: Ticker }
  | {
      readonly do: 'flood'
      readonly at: Name
      readonly type: EventType
      readonly frames: number
      readonly each: number
    }
  | {
      readonly do: 'repeat' | 'leak' | 'lose' | 'evict' | 'forceDisconnect' | 'slowConsumer' | 'halfOpen' | 'tooLarge'
      readonly at: Name
    }
  | { readonly do: 'garbage'; readonly at: Name; readonly kind: GarbageKind }
  | { readonly do: 'close'; readonly at: Name; readonly code: number }
  | { readonly do: 'stall'; readonly at: Name; readonly ms: number }
  /** For so long; longer than the scenario: until all is mended. */
  | { readonly do: 'refuse' | 'ignore'; readonly at: Name; readonly what: 'all' | Ticker; readonly ms: number }
  | { readonly do: 'key'; readonly at: Name; readonly key: 'refused' | 'unanswered' | 'timedOut'; readonly ms: number }
  | { readonly do: 'down' | 'mute'; readonly at: Name; readonly ms: number }
  | { readonly do: 'acks'; readonly at: Name; readonly acks: AckRules; readonly ms: number }
  | { readonly do: 'connectionsMax'; readonly max: number; readonly evicts: 'older' | 'newer'; readonly ms: number }
  | { readonly do: 'pull'; readonly at: Name; readonly max?: number }
  | { readonly do: 'commit' | 'commitOne' | 'rewind' | 'leave' | 'comeBack'; readonly at: Name }
  | { readonly do: 'loopThrows'; readonly at: Name; readonly times: number }
  | { readonly do: 'operator'; readonly at: Name; readonly fault: OperatorFault; readonly times: number }
  | { readonly do: 'stop' | 'start' | 'restart'; readonly at: Name }
  | { readonly do: 'tickers'; readonly at: Name; readonly tickers: '*' | number }
  | { readonly do: 'setOperators'; readonly at: Name; readonly stages: FrequencySetup['stages'] }
  /** By the frequency's handle, or by `reconfigure` with all that the engine does besides. */
  | {
      readonly do: 'change'
      readonly at: Name
      readonly to: 'own' | 'shared' | 'key' | 'tickers' | 'types'
      readonly isWhole?: boolean
    }

export interface Step {
  /** After the step before it; 0 is the same moment, before anything that falls due in it. */
  readonly waitMs: number
  readonly deed: Deed
}

/** Everything that is done to an engine, as data: the same data, the same run. */
export interface Scenario {
  readonly setup: Setup
  /** The frequency that has the worst of it: without its faults, the others must see the same. */
  readonly worst: Name
  readonly steps: readonly Step[]
}

/** The first so many tickers. */
export const tickersOf = (count: '*' | number): '*' | readonly Ticker[] =>
  count === '*' ? '*' : tickers.slice(0, count)
