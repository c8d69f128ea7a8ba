import type { Observable } from 'rxjs'

import type { Engine } from '../../src/engine.ts'
import type { AnyFrequency, EngineOptions } from '../../src/engine/options.ts'
import type { Lane } from '../../streams/lane.ts'
import type { EventLike, StreamWord } from '../../streams/model.ts'
import type { Pulled } from '../../streams/pulled.ts'
import type { ReaderOptions } from '../../streams/reader.ts'
import type { Values } from './diagram.ts'
import type { ScriptedVendor, VendorScript, Where } from './scriptedVendor.ts'

/** How the words of a frequency's state are drawn. */
export const stateLetters: Readonly<Record<string, StreamWord>> = {
  X: 'stopped',
  H: 'halted',
  E: 'evicted',
  F: 'refused',
  Q: 'quarantined',
  R: 'recovering',
  C: 'connecting',
  S: 'stale',
  q: 'quiet',
  L: 'live',
}

/** Sends what a diagram says. */
export interface Feed {
  /**
   * One frame at each moment with that moment's events of this type: `feed.T('-a-(bc)-#')`. A group is one frame; `#` loses the
   * link that carries the type, without a close frame; `|` is only an end of the drawing. Letters a to z have default
   * events; a value is an event or a list of them.
   */
  readonly T: (diagram: string, values?: Values) => void
  readonly A: (diagram: string, values?: Values) => void
  readonly Q: (diagram: string, values?: Values) => void
  readonly AM: (diagram: string, values?: Values) => void
  readonly FMV: (diagram: string, values?: Values) => void
  /** Events of any types, one frame a moment; every letter needs its value. */
  readonly events: (diagram: string, values: Values) => void
  /** The texts of whole frames, word for word, to the links that carry an event type, or to all. */
  readonly text: (diagram: string, values: Readonly<Record<string, string>>, eventType?: string) => void
}

export interface Expectation<T> {
  /** Compares with a diagram; letters without a value stand for themselves. */
  toBe(diagram: string, values?: Readonly<Record<string, T>>, error?: unknown): void
}

/** What one frequency may be expected to do, whatever happens in the drawing. Looked at when the drawing is over. */
export interface FrequencyExpectation {
  /**
   * Every event that the vendor had for this frequency while it was subscribed came through: none was missed while a link was away, none
   * could not be read, none cost an operator its instance, no reader lost one. What operators leave out is no loss.
   */
  toLoseNothing(): void
  /** The same, but what was said to be lost may be: by a gap, a dead letter, a reject, a reader's `lostBefore`. */
  toLoseNothingSilently(): void
  /** Events came in the order in which the vendor sent them, and those that operators let through as they are left in it. */
  toKeepOrder(): void
  /**
   * All that is seen of this frequency, events, states, gaps, dead letters, rejects, at each moment, is what is seen of it when the other
   * frequency is silent. For that the page is played a second time, with the other frequency there, but without its data, its
   * operators, the faults aimed at it, and what the page does to it through its handle.
   */
  toBeIsolatedFrom(frequency: string): void
}

/** How a reader is driven. */
export interface PullOptions<E extends EventLike = EventLike, S = readonly E[]> extends ReaderOptions {
  /** At most this many events a pull. The lane's limit. */
  readonly max?: number
  /** The reader's name. `marble`. */
  readonly name?: string
  /** What to show of a pull; its events when left out. `see: ({ from, to, lostBefore }) => [from, to, lostBefore]` */
  readonly see?: (pulled: Pulled<E>) => S
}

export interface EngineMarbles {
  /** The real engine, started, on the scripted vendor. Its handshake is moment 0: feeds begin with a dash. More than one is possible: the newest is meant by what names a frequency. */
  engine<const F extends readonly AnyFrequency[]>(
    options: Omit<EngineOptions<F>, 'provider'> & { readonly provider?: EngineOptions['provider'] },
  ): Engine<F>
  readonly feed: Feed
  /** The scripted vendor's rules; before `engine`. */
  script(script: VendorScript): void
  readonly vendor: ScriptedVendor
  /**
   * What goes wrong, by a diagram with the letters of `faultLetters`: `faults('--l---d-u')`, or only on the connections that carry an
   * event type: `faults('--l', 'FMV')`. A fault that meets no connection is a RangeError, since it shows nothing.
   */
  faults(diagram: string, where?: Where): void
  /** Anything observable. What is said at moment 0 before the handshake is over counts too. */
  expect<T>(source$: Observable<T>): Expectation<T>
  /** A frequency by its name: `m.expect('per_minute').toBeIsolatedFrom('fair_market_value')`. */
  expect(frequency: string): FrequencyExpectation
  /** The events a frequency gives, after its operators. Letters have the default events of its first event type. */
  expectEvents(frequency: string, diagram: string, values?: Values): void
  /** The words of a frequency's state, see `stateLetters`: one per moment, the last said. */
  expectStates(frequency: string, diagram: string): void
  /** The events that became dead letters. */
  expectDeadLetters(frequency: string, diagram: string, values?: Values): void
  /** What could not be decoded, see `rejectLetters`. */
  expectRejects(frequency: string, diagram: string): void
  /** Gaps: o opened, c closed. */
  expectGaps(frequency: string, diagram: string): void
  /**
   * Opens a reader now and drives it by a diagram (p pulls, c commits all, r rewinds, x closes); gives what each pull brought,
   * the events as a list; a pull of nothing brings an empty one. An order comes before the events of its moment.
   */
  pulls<E extends EventLike, S = readonly E[]>(
    lane: Lane<E>,
    diagram: string,
    options?: PullOptions<E, S>,
  ): Observable<S>
  /** Calls a function at the moments of its letter, before the events of that moment: `at('--s---t', { s: () => …, t: () => … })`. */
  at(diagram: string, actions: Readonly<Record<string, () => void>>): void
  /**
   * What time it is at moment 0, Unix milliseconds; 0, in 1970, unless told otherwise. Before `engine`. Diagrams mean what they
   * meant: only clocks show it, so a page can cross an opening bell, a weekend or the end of daylight saving time.
   */
  startsAt(ms: number): void
  /** How long the drawing is at least, for what happens after the last letter: `lasts('2s')`. */
  lasts(time: string): void
  /** The next random number, until told otherwise; 0.5. Jitter and seeds come from here: `m.random = inTurn(0, 0.99)`. */
  random: () => number
}

/** A page: what is fed, what is done, what is expected. */
export type EnginePage = (m: EngineMarbles) => void
