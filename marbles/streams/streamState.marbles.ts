import { distinctUntilChanged as changes, EMPTY, map, NEVER, of } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import type { ChannelsState, LinkState, StreamState } from '../../streams/model.ts'
import { listening, type StateSources, streamState } from '../../streams/streamState.ts'

const cause = { _tag: 'closed', message: 'gone', retry: 'soon' } as const
const channels = (held: readonly string[], refused: readonly string[] = []): ChannelsState => ({ pending: new Set(), held: new Set(held), refused: new Set(refused) })
const links: Record<string, LinkState> = {
  i: { kind: 'idle' },
  c: { kind: 'connecting' },
  l: { kind: 'live', sinceMs: 0 },
  w: { kind: 'waiting', nextTryAtMs: 9, attempt: 1, cause },
  h: { kind: 'halted', cause },
  e: { kind: 'evicted', untilMs: null, cause },
  x: { kind: 'closed' },
}
const held = { p: channels([]), h: channels(['T.A', 'T.B']), r: channels(['T.A'], ['T.B']), R: channels([], ['T.A', 'T.B']) }
const runs = { t: true, f: false }
const words = { c: 'connecting', L: 'live', r: 'recovering', s: 'stopped', h: 'halted', e: 'evicted', F: 'refused', Q: 'quarantined', q: 'quiet', S: 'stale' }

const sources = (given: Partial<StateSources>): StateSources => ({
  running$: of(true),
  link$: of(links.l as LinkState),
  channels$: of(held.h),
  wanted$: of(['T.A', 'T.B']),
  pace$: of('active' as const),
  operators$: of('ok' as const),
  isOverBudget$: of(false),
  ...given,
})
const word = ({ word: said }: StreamState): string => said

describe('streamState', () => {
  it('says one word for people', marbles((m) => {
    const running$ = m.hot(' t----------f--', runs)
    const link$ = m.hot('    c-l--w--l-----', links)
    const channels$ = m.hot('p--h-p---h----', held)
    const expected = '       c--L-r---L-s--'

    m.expect(streamState(sources({ running$, link$, channels$ })).pipe(map(word), changes())).toBeObservable(expected, words)
  }))

  it('names the worst that holds', marbles((m) => {
    const running$ = m.hot('  t-----------f-', runs)
    const link$ = m.hot('     l-------e-h---', links)
    const channels$ = m.hot(' h-----R-------', held)
    const operators$ = m.hot('o---q---------', { o: 'ok', q: 'quarantined' } as const)
    const pace$ = m.hot('     a-u-----------', { a: 'active', u: 'quiet' } as const)
    const expected = '        L-q-Q-F-e-h-s-'

    m.expect(streamState(sources({ running$, link$, channels$, operators$, pace$ })).pipe(map(word), changes())).toBeObservable(expected, words)
  }))

  it('reads a closed market as quiet, and silence where there should be none as stale', marbles((m) => {
    const pace$ = m.hot('a-m-s-a', { a: 'active', m: 'closedMarket', s: 'stale' } as const)

    m.expect(streamState(sources({ pace$ })).pipe(map(word))).toBeObservable('L-q-S-L', words)
  }))

  it('keeps the word when some channels are refused, and gives the reason', marbles((m) => {
    const channels$ = m.hot('                                                     h-r--', held)
    const seen = ({ word: said, channels: of_, refused, reason }: StreamState) => [said, of_, refused, reason]

    m.expect(streamState(sources({ channels$ })).pipe(map(seen))).toBeObservable('a-b--', {
      a: ['live', 'live', [], undefined],
      b: ['live', 'partlyRefused', ['T.B'], 'refused: T.B'],
    })
  }))

  it('gives the cause of a link that waits, is halted or evicted', marbles((m) => {
    const link$ = m.hot('                                            l-w-h-', links)

    m.expect(streamState(sources({ link$ })).pipe(map(({ reason }) => reason))).toBeObservable('u-g-g-', { u: undefined, g: 'gone' })
  }))

  it('connects anew after a stop: what was live before does not count', marbles((m) => {
    const running$ = m.hot(' t-f-t-', runs)
    const channels$ = m.hot('h-p---', held)

    m.expect(streamState(sources({ running$, channels$ })).pipe(map(word), changes())).toBeObservable('L-s-c-', words)
  }))

  it('says nothing twice, never before all have spoken, and completes when all have', marbles((m) => {
    const link$ = m.hot('                                      -ll-|', { l: links.l as LinkState })

    m.expect(streamState(sources({ link$ })).pipe(map(word))).toBeObservable('-L--|', words)
    m.expect(streamState(sources({ link$: NEVER }))).toBeObservable('-----')
    m.expect(streamState(sources({ link$: EMPTY }))).toBeObservable('|')
  }))

  it('names no more than five refused channels', marbles((m) => {
    const wanted = ['T.A', 'T.B', 'T.C', 'T.D', 'T.E', 'T.F', 'T.G']
    const state$ = streamState(sources({ wanted$: of(wanted), channels$: of(channels([], wanted)) }))

    m.expect(state$.pipe(map(({ reason }) => reason))).toBeObservable('(r|)', { r: 'refused: T.A, T.B, T.C, T.D, T.E and 2 more' })
  }))
})

describe('listening', () => {
  const bools = { t: true, f: false }

  it('holds while the link is live and every wanted channel answered', marbles((m) => {
    const link$ = m.hot('    c-l-----w-----', links)
    const channels$ = m.hot('p---h---------', held)
    const expected = '       f---t---f-----'

    m.expect(listening(sources({ link$, channels$ }))).toBeObservable(expected, bools)
  }))

  it('holds over some refusals, not when all are', marbles((m) => {
    const channels$ = m.hot('p-h-r-R-|', held)
    const expected = '       f-t---f-|'

    m.expect(listening(sources({ channels$ }))).toBeObservable(expected, bools)
  }))

  it('stops for channels just asked for, and where nothing is wanted', marbles((m) => {
    const wanted$ = m.hot('w-m-w-n-', { w: ['T.A'], m: ['T.A', 'T.C'], n: [] })
    const expected = '     t-f-t-f-'

    m.expect(listening(sources({ wanted$ }))).toBeObservable(expected, bools)
  }))

  it('says nothing before all have spoken, and fails with any', marbles((m) => {
    m.expect(listening(sources({ link$: NEVER }))).toBeObservable('-')
    m.expect(listening(sources({ link$: m.cold('--#') }))).toBeObservable('--#')
    m.expect(listening(sources({ channels$: EMPTY }))).toBeObservable('|')
  }))
})
