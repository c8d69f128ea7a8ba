import { BehaviorSubject, map, NEVER, type Observable } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { perMinute, perSecond } from '../../streams/frequencies/index.ts'
import { gaps, type GapsOptions, type Loss } from '../../streams/gaps.ts'
import type { ChannelsState, Gap, LinkCause } from '../../streams/model.ts'
import { engineMarbles } from '../index.ts'

const cause: LinkCause = { _tag: 'closed', message: 'gone', retry: 'soon', code: 1006 }
const loss: Loss = { cause, lastHeardMs: 2 }
const channels = (pending: readonly string[], held: readonly string[], refused: readonly string[] = []): ChannelsState =>
  ({ pending: new Set(pending), held: new Set(held), refused: new Set(refused) })

const states = {
  p: channels(['T.A', 'T.B'], []),
  q: channels(['T.B'], ['T.A']),
  h: channels([], ['T.A', 'T.B']),
  r: channels([], ['T.A'], ['T.B']),
}

const gapsOf = (
  loss$: Observable<Loss>,
  channels$: Observable<ChannelsState>,
  wanted$ = new BehaviorSubject<readonly string[]>(['T.A', 'T.B']),
  nextOffset = () => 7,
): Observable<Gap> => {
  let id = 0
  const options: GapsOptions = {
    frequency: 'per_second',
    nextId: () => `gap-${String((id += 1))}`,
    heads: () => [{ eventType: 'T', nextOffset: nextOffset() }],
  }
  return gaps({ loss$, channels$, wanted$ }, options)
}

const mark = ({ id, toMs }: Gap): string => (toMs === undefined ? id.replace('gap', 'open') : id.replace('gap', 'closed'))
const marks = { a: 'open-1', A: 'closed-1', b: 'open-2', B: 'closed-2' }
const quick = { settleMs: 0, retry: { initialMs: 10 } }

describe('gaps', () => {
  it('opens at the loss and closes when the channels are held again', marbles((m) => {
    const loss$ = m.hot('    ---l-----l-------', { l: loss })
    const channels$ = m.hot('p-h-p---------h--', states)
    const expected = '       ---a----------A--'

    m.expect(gapsOf(loss$, channels$).pipe(map(mark))).toBeObservable(expected, marks)
  }))

  it('says where the hole lies, when it began and what was missed', marbles((m) => {
    const loss$ = m.hot('                                                ---l---', { l: loss })
    const channels$ = m.hot('                                            h---p-h', states)
    const opened = { id: 'gap-1', frequency: 'per_second', channels: ['T.A', 'T.B'], cause, fromMs: 2, positions: [{ eventType: 'T', afterOffset: 6 }] }
    const closed = { ...opened, toMs: 6, positions: [{ eventType: 'T', afterOffset: 6, beforeOffset: 7 }] }

    m.expect(gapsOf(loss$, channels$)).toBeObservable('---o--c', { o: opened, c: closed })
  }))

  it('waits for the last channel, and takes a refusal for an answer', marbles((m) => {
    const loss$ = m.hot('                                                 -l-------', { l: loss })
    const channels$ = m.hot('                                             h-p-q-r--', states)

    m.expect(gapsOf(loss$, channels$).pipe(map(mark))).toBeObservable('-a----A--', marks)
  }))

  it('gives a second loss a place of its own when an event has come since the first', marbles((m) => {
    const loss$ = m.hot('    -l----l-l------', { l: loss })
    const channels$ = m.hot('h-p-q--p----h--', states)
    let nextOffset = 7
    m.hot('                  -----e---------').subscribe(() => { nextOffset = 8 })
    const said = ({ id, toMs, positions: [where] }: Gap) => `${id} ${String(where?.afterOffset)} ${String(where?.beforeOffset)} ${String(toMs)}`

    m.expect(gapsOf(loss$, channels$, undefined, () => nextOffset).pipe(map(said))).toBeObservable('-a----(Ab)--B--', {
      a: 'gap-1 6 undefined undefined', A: 'gap-1 6 7 6', b: 'gap-2 7 undefined undefined', B: 'gap-2 7 8 12',
    })
  }))

  it('opens the next gap under another id', marbles((m) => {
    const loss$ = m.hot('                                                 -l-----l---', { l: loss })
    const channels$ = m.hot('                                             h-p-h---p-h', states)

    m.expect(gapsOf(loss$, channels$).pipe(map(mark))).toBeObservable('-a--A--b--B', marks)
  }))

  it('misses nothing when nothing is wanted', marbles((m) => {
    const loss$ = m.hot('                                       -l---', { l: loss })

    m.expect(gapsOf(loss$, NEVER, new BehaviorSubject<readonly string[]>([])).pipe(map(mark))).toBeObservable('-----')
  }))

  it('closes when what it missed is no longer wanted', marbles((m) => {
    const loss$ = m.hot('    -l------', { l: loss })
    const channels$ = m.hot('h-p-----', states)
    const wanted$ = new BehaviorSubject<readonly string[]>(['T.A', 'T.B'])
    m.hot('                  ---x----').subscribe(() => { wanted$.next(['T.C']) })

    m.expect(gapsOf(loss$, channels$, wanted$).pipe(map(mark))).toBeObservable('-a-A----', marks)
  }))

  it('stays open while what it missed is wanted by another channel', marbles((m) => {
    const loss$ = m.hot('    -l-------------l--------', { l: loss })
    const channels$ = m.hot('h---p-q-h----a--p-q-a---', { ...states, a: channels([], ['T.*']) })
    const wanted$ = new BehaviorSubject<readonly string[]>(['T.*'])
    m.hot('                  --n------a------n--a----', { n: ['T.A', 'T.B'], a: ['T.*'] }).subscribe(wanted$)

    m.expect(gapsOf(loss$, channels$, wanted$).pipe(map(mark))).toBeObservable('-a------A------b----B---', marks)
  }))

  it('does not take what was held before the loss for an answer', marbles((m) => {
    const loss$ = m.hot('    -l------', { l: loss })
    const channels$ = m.hot('h---p-h-', states)
    const wanted$ = new BehaviorSubject<readonly string[]>(['T.A', 'T.B'])
    m.hot('                  --x-----').subscribe(() => { wanted$.next(['T.A', 'T.B', 'T.C']) })

    m.expect(gapsOf(loss$, channels$, wanted$).pipe(map(mark))).toBeObservable('-a----A-', marks)
  }))

  it('completes with the losses, fails with them, and is quiet about an open gap that is unsubscribed', marbles((m) => {
    m.expect(gapsOf(m.cold('-l|', { l: loss }), NEVER).pipe(map(mark))).toBeObservable('-a|', marks)
    m.expect(gapsOf(m.cold('-l#', { l: loss }), NEVER).pipe(map(mark))).toBeObservable('-a#', marks)
    m.expect(gapsOf(m.cold('-l-', { l: loss }), m.hot('p--h', states)).pipe(map(mark)), '^-!').toBeObservable('-a-', marks)
  }))
})

describe('gaps of an engine', () => {
  it('are one per frequency on a shared link, each under its own id', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond(), perMinute()], link: quick })
    const ids = (name: 'per_second' | 'per_minute') => engine.frequency(name).gap$.pipe(map(({ id, frequency }) => `${id} ${frequency}`))

    m.feed.T('                       -a-#----------')

    m.expect(ids('per_second')).toBe('---x----x-----', { x: 'marble-1 per_second' })
    m.expect(ids('per_minute')).toBe('---x----x-----', { x: 'marble-2 per_minute' })
  }))

  it('do not open for a frequency that is stopped, nor for one that stops', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond(), perMinute()], link: quick })

    m.feed.T('                 ----#------')
    m.at('                     --s--------', { s: () => { engine.frequency('per_minute').stop() } })

    m.expectGaps('per_minute', '-----------')
    m.expectGaps('per_second', '----o----c-')
  }))
})
