import type { Observable } from 'rxjs'

import type { Reject } from '../../streams/codecs/reject.ts'
import type { Lane } from '../../streams/lane.ts'
import type { LedgerSnapshot } from '../../streams/ledger.ts'
import type { StreamState } from '../../streams/model.ts'
import type { Health, LinkTimeline } from '../ops/health.ts'
import type { Change } from './differences.ts'
import type { FrequencyHandle } from './handle.ts'
import type { AnyFrequency, EngineOptions, OutputNamed, SourceNamed } from './options.ts'
import type { Part, Seat } from './parts.ts'
import type { LinkTap } from './tap.ts'

/** Every frequency's first verdict, by name. */
export type Verdicts<F extends readonly AnyFrequency[]> = Readonly<Record<F[number]['name'], StreamState>>

export interface CloseOptions {
  /** How long to wait for the inboxes to empty, parts to flush and readers to commit, in milliseconds. 5000. */
  readonly drainMs?: number
}

/**
 * A running circuit. Nothing is opened before `start`.
 *
 * Whatever fails upstream is a value of a frequency's `state$`; only wrong use throws.
 */
export interface Engine<F extends readonly AnyFrequency[] = readonly AnyFrequency[]> {
  readonly epoch: string
  /** In the order of priority. */
  readonly frequencies: readonly FrequencyHandle[]
  /** A RangeError names those there are. */
  frequency<Name extends F[number]['name']>(name: Name): FrequencyHandle<SourceNamed<F, Name>, OutputNamed<F, Name>>
  /** Every frequency's state by name, at once and at each change. */
  readonly state$: Observable<Readonly<Record<string, StreamState>>>
  /** Every element that could not be decoded, of whatever event type. */
  readonly reject$: Observable<Reject>
  /** Every lane there is, and each one made later. */
  readonly lane$: Observable<Lane>
  /** Every link there is, and each one made later: raw frames as they arrive, for a recorder. */
  readonly link$: Observable<LinkTap>
  /**
   * Opens the links. Resolves when each frequency has its first verdict, live, refused, evicted or halted, or after
   * `startTimeoutMs`; what is not live by then goes on trying. Rejects only for wrong use.
   */
  start(): Promise<Verdicts<F>>
  /**
   * Brings the engine to other options while it runs: all that differs from what it does now, and only that. Frequencies that do not
   * change lose nothing and keep their order, readers and offsets; those left out go, new ones come. Resolves with what was changed,
   * each also a line of the log. Rejects with a RangeError that lists all that cannot be, or with what a new provider fails with
   * when it starts; then nothing has changed. Also before the start.
   *
   * Options that are left out have their usual values; `logger`, `signal` and `runtime` stay. Operators and functions are compared by
   * identity: keep a frequency with its operators and give it other wishes by `with`. The compiler knows the frequencies that the engine
   * was made with; for others it is an `Engine` without their names.
   */
  reconfigure(options: EngineOptions): Promise<readonly Change[]>
  health(): Health
  /** The health at once, and then every `healthEveryMs` from the start on. Completes when the engine has closed, after the last one. */
  readonly health$: Observable<Health>
  /** What its links have been through in the last hour. */
  timeline(): readonly LinkTimeline[]
  ledger(): LedgerSnapshot
  /** Hangs a part on the engine: its health beside ours, its rows in the ledger, its flush before the close. */
  attach(part: Part): Seat
  /**
   * Unsubscribes upstream, empties the pump, lets parts flush and looping readers commit, for at most `drainMs`; counts
   * the rest as abandoned. Idempotent.
   */
  close(options?: CloseOptions): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
