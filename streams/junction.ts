import { Observable, type Subscriber, Subscription } from 'rxjs'

/**
 * Shares one source among listeners who each name what they want to hear.
 *
 *     source             -a-b-a-c---|      the key of a value is its letter
 *     junction('a')      -a---a-----|
 *     junction('b','c')  ---b---c---|
 *
 * As `share`, but a value costs only those who want it: on a wire that carries frames, a filter for each listener would be paid by every
 * frame. Subscribes the source with its first listener and unsubscribes with its last; a listener after the end begins anew.
 * Completes and fails with the source. Values of one key reach their listeners in the order in which these came.
 */
export const junction = <T, K>(
  source$: Observable<T>,
  keyOf: (value: T) => K,
): ((...keys: readonly K[]) => Observable<T>) => {
  // Never changed in place: a list may be in use while somebody comes or goes.
  let all: readonly Subscriber<T>[] = []
  const byKey = new Map<K, readonly Subscriber<T>[]>()
  let connection: Subscription | undefined

  const forget = (): readonly Subscriber<T>[] => {
    const those = all
    all = []
    byKey.clear()
    connection = undefined
    return those
  }

  const connect = (): void => {
    // Made first: all may be over within the call.
    const own = (connection = new Subscription())
    own.add(
      source$.subscribe({
        next: (value) => {
          const those = byKey.get(keyOf(value))
          if (those === undefined) return
          for (let i = 0; i < those.length; i += 1) (those[i] as Subscriber<T>).next(value)
        },
        error: (error: unknown) => {
          for (const listener of forget()) listener.error(error)
        },
        complete: () => {
          for (const listener of forget()) listener.complete()
        },
      }),
    )
  }

  return (...keys) =>
    new Observable<T>((subscriber) => {
      all = [...all, subscriber]
      for (const key of keys) byKey.set(key, [...(byKey.get(key) ?? []), subscriber])
      subscriber.add(() => {
        if (!all.includes(subscriber)) return
        all = all.filter((other) => other !== subscriber)
        for (const key of keys) {
          const others = (byKey.get(key) ?? []).filter((other) => other !== subscriber)
          if (others.length > 0) byKey.set(key, others)
          else byKey.delete(key)
        }
        if (all.length > 0) return
        connection?.unsubscribe()
        connection = undefined
      })
      if (all.length === 1) connect()
    })
}

/** A junction of values that say what they are: the key is their `kind`, and listeners get its type. */
export const junctionByKind = <T extends { readonly kind: string }>(source$: Observable<T>) =>
  junction(source$, ({ kind }): T['kind'] => kind) as <K extends T['kind']>(
    ...kinds: readonly K[]
  ) => Observable<Extract<T, { readonly kind: K }>>

/** `share`, on a wire that carries frames: a Subject's `next` takes several times as long as a junction's. */
export const shared = <T>(source$: Observable<T>): Observable<T> => junction(source$, () => true)(true)
