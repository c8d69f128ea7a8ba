import type { OperatorFunction } from 'rxjs'

import type { Batch } from './codecs/batch.ts'
import type { Frequency } from './frequency.ts'
import type { EventLike } from './model.ts'

/** What an event is called by: its event type. */
type Called<E> = [E] extends [{ readonly ev: infer Type extends string }] ? Type : 'something without ev'

/** A handle gives out its frequency under no particular name. */
type Who<Name extends string> = string extends Name ? 'the frequency' : Name

/** Nothing to object to, or the sentence that the compiler shows beside the operator that takes something else. */
type Takes<Name extends string, Out, I> = [Out] extends [I]
  ? unknown
  : `${Who<Name>} gives ${Called<Out>} here, and this operator takes ${Called<I>}`

/** The same of the last operator: what comes out of it goes into lanes. */
type Fits<Name extends string, Out, I, O> = [Out] extends [I]
  ? [O] extends [EventLike]
    ? unknown
    : `${Who<Name>} needs the texts ev and symbol in what comes out of its last operator`
  : Takes<Name, Out, I>

/** The same of an operator over whole batches. */
type FitsBatches<Name extends string, Out extends EventLike, I, O> = [Batch<Out>] extends [I]
  ? [O] extends [Batch]
    ? unknown
    : `${Who<Name>} needs batches out of an operator over batches`
  : `${Who<Name>} gives batches of ${Called<Out>} here, and this operator takes something else`

/** What a frequency gives after operators that fit by themselves, though the compiler could not see it in one go. */
type Gave<Name extends string, In extends EventLike, O> = O extends EventLike ? Frequency<Name, In, O> : never

/**
 * How operators are put behind a frequency.
 *
 * There are two signatures for each number of operators. The first is RxJS's own: each operator is told what the one before gives,
 * so that functions written in place need no types. The second is reached only when that fails, and never fits then; what it is there for
 * is its sentence, which the compiler shows at the operator that does not fit:
 *
 *     perSecond().pipe(handleMinuteBar())
 *                      ~~~~~~~~~~~~~~~~~  … "per_second gives T here, and this operator takes AM"
 */
export interface Pipeable<Name extends string, In extends EventLike, Out extends EventLike> {
  /**
   * Operators over single events, built anew after each restart. They are supervised: a throw costs the event being pushed
   * and whatever the instance held. What comes out needs `ev` and `symbol`, and may otherwise be of any shape.
   */
  pipe<A extends EventLike>(a: OperatorFunction<Out, A>): Frequency<Name, In, A>
  pipe<A, B extends EventLike>(a: OperatorFunction<Out, A>, b: OperatorFunction<A, B>): Frequency<Name, In, B>
  pipe<A, B, C extends EventLike>(
    a: OperatorFunction<Out, A>,
    b: OperatorFunction<A, B>,
    c: OperatorFunction<B, C>,
  ): Frequency<Name, In, C>
  pipe<A, B, C, D extends EventLike>(
    a: OperatorFunction<Out, A>,
    b: OperatorFunction<A, B>,
    c: OperatorFunction<B, C>,
    d: OperatorFunction<C, D>,
  ): Frequency<Name, In, D>
  pipe<A, B, C, D, E extends EventLike>(
    a: OperatorFunction<Out, A>,
    b: OperatorFunction<A, B>,
    c: OperatorFunction<B, C>,
    d: OperatorFunction<C, D>,
    e: OperatorFunction<D, E>,
  ): Frequency<Name, In, E>
  pipe<A, B, C, D, E, F extends EventLike>(
    a: OperatorFunction<Out, A>,
    b: OperatorFunction<A, B>,
    c: OperatorFunction<B, C>,
    d: OperatorFunction<C, D>,
    e: OperatorFunction<D, E>,
    f: OperatorFunction<E, F>,
  ): Frequency<Name, In, F>
  pipe<A, B, C, D, E, F, G extends EventLike>(
    a: OperatorFunction<Out, A>,
    b: OperatorFunction<A, B>,
    c: OperatorFunction<B, C>,
    d: OperatorFunction<C, D>,
    e: OperatorFunction<D, E>,
    f: OperatorFunction<E, F>,
    g: OperatorFunction<F, G>,
  ): Frequency<Name, In, G>
  pipe<A, B, C, D, E, F, G, H extends EventLike>(
    a: OperatorFunction<Out, A>,
    b: OperatorFunction<A, B>,
    c: OperatorFunction<B, C>,
    d: OperatorFunction<C, D>,
    e: OperatorFunction<D, E>,
    f: OperatorFunction<E, F>,
    g: OperatorFunction<F, G>,
    h: OperatorFunction<G, H>,
  ): Frequency<Name, In, H>
  pipe<A, B, C, D, E, F, G, H, I extends EventLike>(
    a: OperatorFunction<Out, A>,
    b: OperatorFunction<A, B>,
    c: OperatorFunction<B, C>,
    d: OperatorFunction<C, D>,
    e: OperatorFunction<D, E>,
    f: OperatorFunction<E, F>,
    g: OperatorFunction<F, G>,
    h: OperatorFunction<G, H>,
    i: OperatorFunction<H, I>,
  ): Frequency<Name, In, I>
  pipe<I1, O1>(a: OperatorFunction<I1, O1> & Fits<Name, Out, I1, O1>): Gave<Name, In, O1>
  pipe<I1, O1, I2, O2>(
    a: OperatorFunction<I1, O1> & Takes<Name, Out, I1>,
    b: OperatorFunction<I2, O2> & Fits<Name, O1, I2, O2>,
  ): Gave<Name, In, O2>
  pipe<I1, O1, I2, O2, I3, O3>(
    a: OperatorFunction<I1, O1> & Takes<Name, Out, I1>,
    b: OperatorFunction<I2, O2> & Takes<Name, O1, I2>,
    c: OperatorFunction<I3, O3> & Fits<Name, O2, I3, O3>,
  ): Gave<Name, In, O3>
  pipe<I1, O1, I2, O2, I3, O3, I4, O4>(
    a: OperatorFunction<I1, O1> & Takes<Name, Out, I1>,
    b: OperatorFunction<I2, O2> & Takes<Name, O1, I2>,
    c: OperatorFunction<I3, O3> & Takes<Name, O2, I3>,
    d: OperatorFunction<I4, O4> & Fits<Name, O3, I4, O4>,
  ): Gave<Name, In, O4>
  pipe<I1, O1, I2, O2, I3, O3, I4, O4, I5, O5>(
    a: OperatorFunction<I1, O1> & Takes<Name, Out, I1>,
    b: OperatorFunction<I2, O2> & Takes<Name, O1, I2>,
    c: OperatorFunction<I3, O3> & Takes<Name, O2, I3>,
    d: OperatorFunction<I4, O4> & Takes<Name, O3, I4>,
    e: OperatorFunction<I5, O5> & Fits<Name, O4, I5, O5>,
  ): Gave<Name, In, O5>
  pipe<I1, O1, I2, O2, I3, O3, I4, O4, I5, O5, I6, O6>(
    a: OperatorFunction<I1, O1> & Takes<Name, Out, I1>,
    b: OperatorFunction<I2, O2> & Takes<Name, O1, I2>,
    c: OperatorFunction<I3, O3> & Takes<Name, O2, I3>,
    d: OperatorFunction<I4, O4> & Takes<Name, O3, I4>,
    e: OperatorFunction<I5, O5> & Takes<Name, O4, I5>,
    f: OperatorFunction<I6, O6> & Fits<Name, O5, I6, O6>,
  ): Gave<Name, In, O6>
  pipe<I1, O1, I2, O2, I3, O3, I4, O4, I5, O5, I6, O6, I7, O7>(
    a: OperatorFunction<I1, O1> & Takes<Name, Out, I1>,
    b: OperatorFunction<I2, O2> & Takes<Name, O1, I2>,
    c: OperatorFunction<I3, O3> & Takes<Name, O2, I3>,
    d: OperatorFunction<I4, O4> & Takes<Name, O3, I4>,
    e: OperatorFunction<I5, O5> & Takes<Name, O4, I5>,
    f: OperatorFunction<I6, O6> & Takes<Name, O5, I6>,
    g: OperatorFunction<I7, O7> & Fits<Name, O6, I7, O7>,
  ): Gave<Name, In, O7>
  pipe<I1, O1, I2, O2, I3, O3, I4, O4, I5, O5, I6, O6, I7, O7, I8, O8>(
    a: OperatorFunction<I1, O1> & Takes<Name, Out, I1>,
    b: OperatorFunction<I2, O2> & Takes<Name, O1, I2>,
    c: OperatorFunction<I3, O3> & Takes<Name, O2, I3>,
    d: OperatorFunction<I4, O4> & Takes<Name, O3, I4>,
    e: OperatorFunction<I5, O5> & Takes<Name, O4, I5>,
    f: OperatorFunction<I6, O6> & Takes<Name, O5, I6>,
    g: OperatorFunction<I7, O7> & Takes<Name, O6, I7>,
    h: OperatorFunction<I8, O8> & Fits<Name, O7, I8, O8>,
  ): Gave<Name, In, O8>
  pipe<I1, O1, I2, O2, I3, O3, I4, O4, I5, O5, I6, O6, I7, O7, I8, O8, I9, O9>(
    a: OperatorFunction<I1, O1> & Takes<Name, Out, I1>,
    b: OperatorFunction<I2, O2> & Takes<Name, O1, I2>,
    c: OperatorFunction<I3, O3> & Takes<Name, O2, I3>,
    d: OperatorFunction<I4, O4> & Takes<Name, O3, I4>,
    e: OperatorFunction<I5, O5> & Takes<Name, O4, I5>,
    f: OperatorFunction<I6, O6> & Takes<Name, O5, I6>,
    g: OperatorFunction<I7, O7> & Takes<Name, O6, I7>,
    h: OperatorFunction<I8, O8> & Takes<Name, O7, I8>,
    i: OperatorFunction<I9, O9> & Fits<Name, O8, I9, O9>,
  ): Gave<Name, In, O9>

  /** The same over whole batches, for speed: a throw costs the batch being pushed. */
  pipeBatches<A extends EventLike>(op: OperatorFunction<Batch<Out>, Batch<A>>): Frequency<Name, In, A>
  pipeBatches<I, O>(
    op: OperatorFunction<I, O> & FitsBatches<Name, Out, I, O>,
  ): O extends Batch<infer E> ? Frequency<Name, In, E> : never
}
