/** The part of an observer that is spoken to here. */
interface Receiver<E> {
  readonly closed?: boolean
  next(value: E): void
  complete(): void
}

/**
 * What RxJS looks for before anything else. A batch has a length, so `from(batch)` and `mergeMap((batch) => batch)` would take
 * it for an array and read `batch[0]`, which is nothing.
 */
export const observable = '@@observable'

/** The events of a batch, one after the other, for as long as the receiver wants them. */
export const subscribable = <E>(events: Iterable<E>) => ({
  subscribe: (receiver: Receiver<E>): { unsubscribe(): void } => {
    for (const event of events) {
      if (receiver.closed === true) break
      receiver.next(event)
    }
    receiver.complete()
    return { unsubscribe: () => undefined }
  },
})
