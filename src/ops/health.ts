import type { LinkCause, LinkState, StreamState } from '../../streams/model.ts'

/** How well something is: `degraded` still delivers, `down` does not. */
export type Verdict = 'ok' | 'degraded' | 'down'

/** One link as it is now. Bytes and counts since the engine was made; times are Unix milliseconds. */
export interface LinkHealth {
  readonly id: string
  /** Host and port of its address. */
  readonly host: string
  /** The vendor account whose connections it counts among. */
  readonly account: string
  /** Those that have their place on it now. */
  readonly frequencies: readonly string[]
  readonly state: LinkState
  /** Since when it is in that kind of state. */
  readonly sinceMs: number
  /** Sockets tried since it was live last; 0 while it is. */
  readonly attempts: number
  /** Sockets it has had, the present one among them. */
  readonly sessions: number
  /** When it tries again; absent when it does not wait. */
  readonly nextTryMs?: number
  /** Why it ended last, also when it has come back since. */
  readonly lastCause?: LinkCause & { readonly atMs: number }
  /** From our newest answered ping to its answer, milliseconds; absent before the first. */
  readonly roundTripMs?: number
  /** Pings of ours since the last answer, without the one that may still be answered in time. */
  readonly unansweredPings: number
  readonly framesPerSecond: number
  readonly bytesPerSecond: number
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
  /**
   * Elements that the byte scanner left to `JSON.parse` and their codec, by why: `form`, `type`, `text`, `value`, `nested`, `keys`, `absent`,
   * `check`, `ticker`, `large`, `table`. A reason that has not occurred is absent. Such an element is no fault by that, only ten times as slow.
   */
  readonly unscanned: Readonly<Record<string, number>>
  /** How often a session was lost. */
  readonly lost: number
  readonly inbox: { readonly frames: number; readonly bytes: number; readonly bytesMax: number; readonly limit: number }
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

/** Over the last minute, in milliseconds. `count` is how often it was measured: a sample of the batches, each by its oldest event. */
export interface Percentiles {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/** The way of an event in three steps, each named by where it ends. Null where nothing was measured within the last minute. */
export interface LatencyHealth {
  /** From the vendor's time of the event to its arrival here: two clocks. Never negative, see `aheadMs`. */
  readonly received: Percentiles | null
  /** From its arrival to its place in the lane: inbox, decode and operators. */
  readonly appended: Percentiles | null
  /** From there to the commit of a reader, of whichever reader. */
  readonly delivered: Percentiles | null
  /**
   * By how much the vendor's clock was ahead of ours at most, in the last minute: events that arrive before they happen. 0 when none did. Then
   * `received` says less than it took.
   */
  readonly aheadMs: number
}

/** What silence means for a frequency. */
export interface PaceHealth {
  /** Without an event for so long it is quiet, and stale; milliseconds, `staleMs` null for never. */
  readonly quietMs: number
  readonly staleMs: number | null
  /** Whether the calendar expects events now. */
  readonly isExpected: boolean
}

/** One `.pipe(…)` or `.pipeBatches(…)`, by its place, over all the operators that stood there. Measured per batch; what they do by a timer is not. */
export interface StageHealth {
  readonly batches: number
  /** Milliseconds it has taken since the engine was made. */
  readonly busyMs: number
  /** The most it took for one batch, milliseconds. */
  readonly slowestMs: number
}

/** The time of a frequency's operators. */
export interface TimeHealth {
  /** Milliseconds of each second that all stages together may take; null for no budget. */
  readonly budgetMs: number | null
  /** They take more than that now, or did within the last five seconds. */
  readonly isOver: boolean
  /** How often it was broken. */
  readonly broken: number
  /** What they had taken of that second when it was broken last; absent before the first time. */
  readonly brokenMs?: number
  readonly stages: readonly StageHealth[]
}

export interface FrequencyHealth {
  readonly name: string
  readonly priority: number
  /** Whether the engine is ready only with it. */
  readonly required: boolean
  readonly status: Verdict
  /** Sentences about everything that is not as it should be; none when `status` is `ok`. */
  readonly why: readonly string[]
  readonly state: StreamState
  /** Since when the state has its word. */
  readonly sinceMs: number
  /** The id of the link that the plan has it on; absent when the account has no connection for it. */
  readonly link?: string
  /** The name of the provider whose events it gets, or is to get: its own one's, or its fallback's, see `state.fallback`. */
  readonly provider: string
  /** Out of the operators. */
  readonly eventsPerSecond: number
  /** Events: offered by the links, through the operators, out of them. */
  readonly offered: number
  readonly passed: number
  readonly emitted: number
  readonly deadLetters: number
  readonly restarts: number
  readonly rejected: number
  readonly gaps: number
  /** Gaps that have not closed yet. */
  readonly gapsOpen: number
  /** When the newest gap opened and closed; absent before the first. */
  readonly lastGap?: { readonly fromMs: number; readonly toMs?: number; readonly cause: string }
  /** Event time of the newest event, Unix milliseconds; absent before the first. */
  readonly lastEventMs?: number
  /** When it arrived. */
  readonly lastArrivalMs?: number
  readonly pace: PaceHealth
  readonly latency: LatencyHealth
  readonly time: TimeHealth
  readonly lanes: readonly LaneHealth[]
}

/** What waits before decode. */
export interface PumpHealth {
  /** Turns it has run since the engine was made. */
  readonly turns: number
  readonly waitingFrames: number
  readonly waitingBytes: number
  /** Links that are held, by a reader's grace or by `whenFull: 'block'`. */
  readonly heldLinks: number
}

/** How late timers come, beyond what they were set for: somebody holds the process up. Milliseconds, over the last five to ten looks. */
export interface LoopHealth {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

/** Bytes, as `process.memoryUsage` has them. */
export interface MemoryHealth {
  readonly rss: number
  readonly heapTotal: number
  readonly heapUsed: number
  readonly external: number
  readonly arrayBuffers: number
}

/** A part that hosts hang on the engine, such as a publisher; its own figures. */
export type PartHealth = Readonly<Record<string, unknown>>

/** The engine as it is now: plain data, no keys, safe to serialise. */
export interface Health {
  /** `down` when none of the required frequencies delivers, or the engine does not run; `degraded` when anything else is wrong. */
  readonly status: Verdict
  /** Sentences that say why, each with the frequency's name where it is about one; none when `status` is `ok`. */
  readonly reasons: readonly string[]
  readonly epoch: string
  readonly nowMs: number
  readonly startedMs: number | null
  readonly isClosed: boolean
  readonly balanced: boolean
  /** Milliseconds between two looks; what is past is remembered for ten of them. */
  readonly everyMs: number
  readonly links: readonly LinkHealth[]
  readonly frequencies: readonly FrequencyHealth[]
  readonly pump: PumpHealth
  readonly loop: LoopHealth
  readonly memory: MemoryHealth
  /** Processor time of the process since its start, milliseconds. */
  readonly cpuMs: { readonly user: number; readonly system: number }
  readonly parts: Readonly<Record<string, PartHealth>>
}

/** What a link was, and from when on. */
export interface LinkMoment {
  readonly atMs: number
  readonly kind: LinkState['kind']
  /** Why, where there is a cause. */
  readonly cause?: string
}

/** The last hour of one link, at most 1000 changes of state, oldest first. */
export interface LinkTimeline {
  readonly link: string
  readonly frequencies: readonly string[]
  readonly moments: readonly LinkMoment[]
}
