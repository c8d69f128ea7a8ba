import type { LinkState, StreamState } from '../../streams/model.ts'

/** One link as it is now. Bytes and counts since the engine was made; times are Unix milliseconds. */
export interface LinkHealth {
  readonly id: string
  /** The vendor account whose connections it counts among. */
  readonly account: string
  /** Those that have their place on it now. */
  readonly frequencies: readonly string[]
  readonly state: LinkState
  readonly frames: number
  readonly bytes: number
  readonly broken: number
  readonly elements: number
  readonly events: number
  readonly statuses: number
  /** Of those, the ones with a word that the vendor's protocol does not document. They end nothing. */
  readonly unknownStatuses: number
  readonly rejected: number
  readonly unwanted: number
  /** Things in otherwise good events that the codec's table does not expect, such as an unknown field. */
  readonly drifted: number
  /** How often a session was lost. */
  readonly lost: number
  readonly inbox: { readonly frames: number; readonly bytes: number; readonly bytesMax: number }
  /** How long the socket was paused because the inbox was full. */
  readonly pausedMs: number
}

export interface ReaderHealth {
  readonly name: string
  readonly committed: number
  readonly inFlight: number
  readonly waiting: number
  readonly lost: number
  readonly lag: number
  readonly failures: number
}

export interface LaneHealth {
  readonly eventType: string
  readonly nextOffset: number
  readonly retained: number
  readonly limit: number
  readonly readers: readonly ReaderHealth[]
}

export interface FrequencyHealth {
  readonly name: string
  readonly priority: number
  readonly state: StreamState
  /** The id of the link that the plan has it on; absent when the account has no connection for it. */
  readonly link?: string
  /** Events: offered by the links, through the operators, out of them. */
  readonly offered: number
  readonly passed: number
  readonly emitted: number
  readonly deadLetters: number
  readonly restarts: number
  readonly rejected: number
  readonly gaps: number
  /** Event time of the newest event, Unix milliseconds; absent before the first. */
  readonly lastEventMs?: number
  readonly lanes: readonly LaneHealth[]
}

/** A part that hosts hang on the engine, such as a publisher; its own figures. */
export type PartHealth = Readonly<Record<string, unknown>>

/** The engine as it is now: plain data, no keys, safe to serialise. */
export interface Health {
  readonly epoch: string
  readonly nowMs: number
  readonly startedMs: number | null
  readonly isClosed: boolean
  readonly balanced: boolean
  readonly links: readonly LinkHealth[]
  readonly frequencies: readonly FrequencyHealth[]
  readonly parts: Readonly<Record<string, PartHealth>>
}
