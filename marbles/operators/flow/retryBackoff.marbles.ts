import { defer, ignoreElements, NEVER, Subject, tap } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { retryBackoff, type RetryBackoffOptions, type RetryWait } from '../../../operators/flow/retryBackoff.ts'

const plain = { initialMs: 2, capMs: 6, jitter: 'none', waiting: () => 'W' } as const
const silent = { initialMs: 2, capMs: 6, jitter: 'none' } as const

/** How many calls deep we are. */
const depthOf = (): number => {
  const { prepareStackTrace, stackTraceLimit } = Error

  Error.stackTraceLimit = Infinity
  Error.prepareStackTrace = (_error, sites) => sites.length

  const depth = new Error().stack as unknown as number

  Object.assign(Error, { stackTraceLimit, prepareStackTrace })

  return depth
}

describe('retryBackoff', () => {
  it('subscribes a failed source again after waits that grow up to the cap', marbles((m) => {
    const source$ = m.cold('  -a-#')
    const unsub = '           -------------------------!'
    const expected = '        -a-W--a-W----a-W------a-W-'
    const subs = [
      '                       ^--!',
      '                       -----^--!',
      '                       ------------^--!',
      '                       ---------------------^--!',
    ]

    m.expect(source$.pipe(retryBackoff(plain)), unsub).toBeObservable(expected)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('stays silent with a source that never speaks', marbles((m) => {
    const source$ = m.cold('  -')
    const expected = '        -'

    m.expect(source$.pipe(retryBackoff(plain))).toBeObservable(expected)
  }))

  it('completes with an empty source', marbles((m) => {
    const source$ = m.cold('  --|')
    const expected = '        --|'
    const subs = '            ^-!'

    m.expect(source$.pipe(retryBackoff(plain))).toBeObservable(expected)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('completes at once with a source that completes on subscription', marbles((m) => {
    const source$ = m.cold('  |')
    const expected = '        |'

    m.expect(source$.pipe(retryBackoff(plain))).toBeObservable(expected)
  }))

  it('passes the only value', marbles((m) => {
    const source$ = m.cold('  -a-|')
    const expected = '        -a-|'

    m.expect(source$.pipe(retryBackoff(plain))).toBeObservable(expected)
  }))

  it('passes many values', marbles((m) => {
    const source$ = m.cold('  a(bc)d-|')
    const expected = '        a(bc)d-|'

    m.expect(source$.pipe(retryBackoff(plain))).toBeObservable(expected)
  }))

  it('completes when the source does so after failing', marbles((m) => {
    const tries = [m.cold('-#'), m.cold('a-|')]
    const source$ = defer(() => tries.shift() ?? NEVER)
    const expected = '        -W-a-|'

    m.expect(source$.pipe(retryBackoff(plain))).toBeObservable(expected)
  }))

  it('passes the error that may not be retried', marbles((m) => {
    const source$ = m.cold('  -a-#', undefined, 'fatal')
    const expected = '        -a-#'
    const subs = '            ^--!'

    m.expect(source$.pipe(retryBackoff({ ...plain, retryIf: (error) => error !== 'fatal' }))).toBeObservable(
      expected, undefined, 'fatal',
    )
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('passes the error after the last retry', marbles((m) => {
    const source$ = m.cold('  -#')
    const expected = '        -W--W----#'

    m.expect(source$.pipe(retryBackoff({ ...plain, retriesMax: 2 }))).toBeObservable(expected)
  }))

  it('does not retry at all with no retries', marbles((m) => {
    const source$ = m.cold('  -#')
    const expected = '        -#'

    m.expect(source$.pipe(retryBackoff({ ...plain, retriesMax: 0 }))).toBeObservable(expected)
  }))

  it('waits as if the cap were reached when a retry is slow', marbles((m) => {
    const source$ = m.cold('  -#')
    const unsub = '           ----------------!'
    const expected = '        -W------W------W-'
    const retryIf = () => 'slow' as const

    m.expect(source$.pipe(retryBackoff({ ...plain, retryIf })), unsub).toBeObservable(expected)
  }))

  it('waits at least half of a slow wait, or of the one that was named', marbles((m) => {
    const source$ = m.cold('  #')
    const verdicts = ['slow', 'slow', { slowMs: 12 }, true] as const
    let count = 0
    // Half of 6, 5 of 6, 7.5 of 12, nothing of 6.
    const parts = [0, 0.67, 0.25, 0]
    const unsub = '           -----------------!'
    const expected = '        1--2----3-------(45)'
    const options = {
      initialMs: 2,
      capMs: 6,
      random: () => parts.shift() ?? 0.9,
      retryIf: () => verdicts[count++] ?? true,
      waiting: ({ attempt }: RetryWait) => String(attempt),
    }

    m.expect(source$.pipe(retryBackoff(options)), unsub).toBeObservable(expected)
  }))

  it('waits from half to the whole of each delay when told to', marbles((m) => {
    const source$ = m.cold('  #')
    const parts = [0, 0.5]
    const unsub = '           ---------!'
    const expected = '        W-W-----W'
    const options = { initialMs: 4, capMs: 8, jitter: 'half', random: () => parts.shift() ?? 0.9, waiting: () => 'W' } as const

    m.expect(source$.pipe(retryBackoff(options)), unsub).toBeObservable(expected)
  }))

  it('retries for ever, and its values pass no deeper for it', marbles((m) => {
    const depths: number[] = []
    const source$ = m.cold(' a#')
    const unsub = '          30s !'
    const retried$ = source$.pipe(
      retryBackoff(silent),
      tap(() => depths.push(depthOf())),
      ignoreElements(),
    )

    m.expect(retried$, unsub).toBeObservable('')
    m.flush()
    expect(depths.length).toBeGreaterThan(4_000)
    expect(depths.at(-1)).toBe(depths[1])
  }))

  it('ends the source when unsubscribed early', marbles((m) => {
    const source$ = m.cold('  -a-a-a-a')
    const unsub = '           ----!'
    const expected = '        -a-a-'
    const subs = '            ^---!'

    m.expect(source$.pipe(retryBackoff(plain)), unsub).toBeObservable(expected)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('ends the wait when unsubscribed in it', marbles((m) => {
    const source$ = m.cold('  -#')
    const wake$ = m.hot('     --------')
    const unsub = '           --!'
    const expected = '        -W-'

    m.expect(source$.pipe(retryBackoff({ ...plain, wake$ })), unsub).toBeObservable(expected)
    m.expect(source$).toHaveSubscriptions('^!')
    m.expect(wake$).toHaveSubscriptions('  -^!')
  }))

  it('keeps the order of a value and the error of one frame', marbles((m) => {
    const source$ = m.cold('  -(a#)')
    const unsub = '           -------!'
    const expected = '        -(aW)-(aW)'

    m.expect(source$.pipe(retryBackoff({ ...plain, initialMs: 4, factor: 1 })), unsub).toBeObservable(expected)
  }))

  it('waits a random part of the delay, after the cap', marbles((m) => {
    const source$ = m.cold('  #')
    // 0.5 of 4, 0.25 of 8, 0.5 of 8 (the cap), 0 of 8.
    const parts = [0.5, 0.25, 0.5, 0]
    const unsub = '           ---------!'
    const expected = '        W-W-W---(WW)'
    const random = () => parts.shift() ?? 0.9
    const options = { initialMs: 4, capMs: 8, random, waiting: () => 'W' }

    m.expect(source$.pipe(retryBackoff(options)), unsub).toBeObservable(expected)
  }))

  it('counts anew only after the source had been up for the stable time', marbles((m) => {
    const tries = ['-#', '-a---#', '-a--#', '-#'].map((diagram) => m.cold(diagram))
    const source$ = defer(() => tries.shift() ?? NEVER)
    // Waits 1, then 1 again (up for 4), then 2 (up for 3 only), then 4.
    const expected = '        -1-a---1-a--2--3'
    const told = { ...silent, initialMs: 1, capMs: 8, stableMs: 4, waiting: ({ delayMs, attempt }: RetryWait) => `${attempt}${delayMs}` }
    const values = { 1: '11', 2: '22', 3: '34', a: 'a' }

    m.expect(source$.pipe(retryBackoff(told))).toBeObservable(expected, values)
  }))

  it('counts the stable time from the value that means up', marbles((m) => {
    const tries = ['#', 'c---u-#', 'c-u---#'].map((diagram) => m.cold(diagram))
    const source$ = defer(() => tries.shift() ?? NEVER)
    const expected = '        1-c---u-2---c-u---1'
    const told = { ...silent, capMs: 8, stableMs: 4, waiting: ({ attempt }: RetryWait) => String(attempt) }

    m.expect(source$.pipe(retryBackoff({ ...told, isUp: (value) => value === 'u' }))).toBeObservable(expected)
  }))

  it('does not take a wait for time that the source was up', marbles((m) => {
    const source$ = m.cold('  a#')
    const unsub = '           ---------------!'
    const expected = '        aW-aW---aW------'

    m.expect(source$.pipe(retryBackoff({ ...plain, capMs: 8, stableMs: 2 })), unsub).toBeObservable(expected)
  }))

  it('ends the running wait at a wake, and no other', marbles((m) => {
    const source$ = m.cold('  -#')
    const wake$ = m.hot('     w-w------w')
    const unsub = '           ------------!'
    const expected = '        -W-W---W--W-'

    m.expect(source$.pipe(retryBackoff({ ...plain, initialMs: 3, factor: 1, wake$ })), unsub).toBeObservable(expected)
  }))

  it('tries once when the wake comes with the end of the wait', marbles((m) => {
    const source$ = m.cold('  -#')
    const wake$ = m.hot('     ---w')
    const unsub = '           -----!'
    const expected = '        -W--W-'
    const subs = ['           ^!', '   ---^!']

    m.expect(source$.pipe(retryBackoff({ ...plain, wake$ })), unsub).toBeObservable(expected)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('hears a wake that answers the value of the wait', marbles((m) => {
    const source$ = m.cold('  -#')
    const wake$ = new Subject<void>()
    const unsub = '           ----!'
    const expected = '        -WWW'
    const retried$ = source$.pipe(
      retryBackoff({ ...plain, initialMs: 5, wake$ }),
      tap(() => wake$.next()),
    )

    m.expect(retried$, unsub).toBeObservable(expected)
  }))

  it('tells of a wait with its moment and its error, and nothing when nobody asks', marbles((m) => {
    const source$ = m.cold('  -#', undefined, 'down')
    const unsub = '           --!'
    const wait = { attempt: 1, delayMs: 2, nextTryAtMs: 3, error: 'down', verdict: true }

    m.expect(source$.pipe(retryBackoff({ ...silent, waiting: (told) => told })), unsub).toBeObservable('-W', { W: wait })
    m.expect(source$.pipe(retryBackoff(silent)), unsub).toBeObservable('--')
  }))

  it('starts each subscription from the first attempt', marbles((m) => {
    const source$ = m.cold('  -#')
    const retried$ = source$.pipe(retryBackoff(plain))

    m.expect(retried$, '      -----!').toBeObservable('-W--W-')
    m.expect(retried$, '      -----^----!').toBeObservable('------W--W-')
  }))

  it.each<[Partial<RetryBackoffOptions<unknown>>, string]>([
    [{ initialMs: 0 }, 'initialMs must be more than 0 and at most 2147483647, but is 0'],
    [{ initialMs: NaN }, 'initialMs must be more than 0 and at most 2147483647, but is NaN'],
    [{ capMs: 1 }, 'capMs must be from initialMs up to 2147483647, but is 1'],
    [{ capMs: Infinity }, 'capMs must be from initialMs up to 2147483647, but is Infinity'],
    [{ factor: 0.5 }, 'factor must be finite and at least 1, but is 0.5'],
    [{ stableMs: -1 }, 'stableMs must be at least 0, but is -1'],
    [{ retriesMax: 1.5 }, 'retriesMax must be a whole number or Infinity, but is 1.5'],
    [{ jitter: 'full' }, "random must be given for jitter 'full', but is undefined"],
    [{ jitter: 'half' }, "random must be given for jitter 'half', but is undefined"],
    [{ jitter: 'some' as 'full' }, "jitter must be 'full', 'half' or 'none', but is some"],
  ])('refuses %p when it is built', (wrong, message) => {
    expect(() => retryBackoff({ ...silent, ...wrong })).toThrow(new RangeError(message))
  })
})
