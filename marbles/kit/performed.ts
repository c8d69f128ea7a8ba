import { isObservable } from 'rxjs'

/** Expectations that have been begun with `m.expect(…)`: one that says nothing more would be a test that cannot fail. */
export interface Begun {
  /** Gives the expectation back, and knows when one of its methods is called. */
  readonly begin: <T extends object>(what: string, expectation: T) => T
  readonly unfinished: () => string | undefined
}

export const begunExpectations = (): Begun => {
  const open = new Set<{ readonly what: string; readonly methods: readonly string[] }>()

  return {
    begin: <T extends object>(what: string, expectation: T): T => {
      const methods = Object.entries(expectation) as (readonly [string, (...args: readonly unknown[]) => unknown])[]
      const one = { what, methods: methods.map(([name]) => name) }
      open.add(one)
      return Object.fromEntries(
        methods.map(([name, method]) => [
          name,
          (...args: readonly unknown[]) => {
            open.delete(one)
            return method(...args)
          },
        ]),
      ) as T
    },
    unfinished: () => {
      const [first] = open
      return first === undefined
        ? undefined
        : `${first.what} expects nothing yet: go on with ${first.methods.join(', ')}`
    },
  }
}

/** Calls a page. What would be a test of nothing is a RangeError. */
export const perform = <M>(page: (m: M) => unknown, m: M, begun: Begun): void => {
  const given = page(m)
  if (typeof given === 'object' && given !== null && 'then' in given) {
    // What it rejects with comes of a page that goes on when all is over.
    Promise.resolve(given).catch(() => undefined)
    throw new RangeError(
      'a page is not async: virtual time does not wait for promises, and what comes after an await is not seen',
    )
  }
  const wrong = begun.unfinished()
  if (wrong !== undefined) throw new RangeError(wrong)
}

export const checkObservable = (source$: unknown): void => {
  if (isObservable(source$)) return
  throw new RangeError(
    `m.expect takes an Observable${typeof source$ === 'function' ? ', not a function: is it an operator that was given no options?' : ''}`,
  )
}
