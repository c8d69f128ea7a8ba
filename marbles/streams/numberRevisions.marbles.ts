import { EMPTY, map, NEVER, of } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { annotate, createDecoder, decodeFrame, encodeEvent, type Batch } from '../../streams/codecs/index.ts'
import { defineCodec } from '../../streams/codecs/defineCodec.ts'
import { required, ticker, timeMs } from '../../streams/codecs/field.ts'
import type { EventLike, MinuteBar } from '../../streams/model.ts'
import { numberRevisions } from '../../streams/numberRevisions.ts'
import { letterEvent, marketTimeMs, minuteBar, secondBar } from '../index.ts'

const minute = 60_000
const bars = (...events: readonly EventLike[]): Batch => decodeFrame(Buffer.from(`[${events.map((event) => encodeEvent(event).toString()).join(',')}]`)).batches[0]!
const at = (minutes: number, symbol = 'AAPL') => minuteBar({ symbol, startMs: marketTimeMs + minutes * minute })
const numbers = (batch: Batch): string => [...batch].map((event) => { const { revision, late } = event as MinuteBar; return late === true ? 'late' : String(revision) }).join(' ')

describe('numberRevisions', () => {
  it('numbers bars of the same ticker and start', marbles((m) => {
    const source$ = m.hot('--a--b--c-d--e--|', { a: bars(at(0)), b: bars(at(1)), c: bars(at(0)), d: bars(at(2)), e: bars(at(0)) })
    const expected = '     --0--0--1-0--2--|'

    m.expect(source$.pipe(numberRevisions(), map(numbers))).toBeObservable(expected)
    m.expect(source$).toHaveSubscriptions('^---------------!')
  }))

  it('numbers each ticker for itself, also within one batch', marbles((m) => {
    const source$ = m.hot('                                    -a-b-', { a: bars(at(0), at(0, 'MSFT'), at(0)), b: bars(at(0, 'MSFT')) })

    m.expect(source$.pipe(numberRevisions(), map(numbers))).toBeObservable('-x-y-', { x: '0 0 1', y: '1' })
  }))

  it('numbers second and minute bars apart', marbles((m) => {
    const second = secondBar({ startMs: marketTimeMs })
    const source$ = m.hot('                                    -a-b-c-', { a: bars(at(0)), b: bars(second), c: bars(at(0)) })

    m.expect(source$.pipe(numberRevisions(), map(numbers))).toBeObservable('-x-x-y-', { x: '0', y: '1' })
  }))

  it('says late where the window is out of its memory', marbles((m) => {
    const source$ = m.hot('                                    -a-b-c-d-', { a: bars(at(0)), b: bars(at(31)), c: bars(at(0)), d: bars(at(32), at(0)) })

    m.expect(source$.pipe(numberRevisions(), map(numbers))).toBeObservable('-x-x-y-z-', { x: '0', y: '1', z: '0 late' })
  }))

  it('numbers a bar without building it', () => {
    const batch = bars(at(0), at(0))

    of(batch).pipe(numberRevisions()).subscribe()

    // What is built cannot be annotated: this would throw.
    annotate(batch, { revisions: [0, 7] })
    expect(numbers(batch)).toBe('0 7')
  })

  it('leaves other event types and bars that have no revision alone', marbles((m) => {
    const own = defineCodec({ ev: 'AM', fields: { symbol: required('sym', ticker), startMs: required('s', timeMs) }, at: 'startMs' })
    const bare = createDecoder([own])(Buffer.from('[{"ev":"AM","sym":"AAPL","s":1700000000000},{"ev":"AM","sym":"AAPL","s":1700000000000}]')).batches[0]!
    const source$ = m.hot('                              -a-b-', { a: bars(letterEvent('T', 'a')), b: bare })

    m.expect(source$.pipe(numberRevisions(), map(({ eventType, length }) => `${eventType}${String(length)}`))).toBeObservable('-x-y-', { x: 'T1', y: 'AM2' })
  }))

  it('begins anew with each subscription, never speaks over silence, and errors with its source', marbles((m) => {
    const once$ = m.cold('                                       a|', { a: bars(at(0)) })

    m.expect(once$.pipe(numberRevisions(), map(({ length }) => length))).toBeObservable('x|', { x: 1 })
    m.expect(NEVER.pipe(numberRevisions())).toBeObservable('-')
    m.expect(EMPTY.pipe(numberRevisions())).toBeObservable('|')
    m.expect(m.cold<Batch>('-#').pipe(numberRevisions())).toBeObservable('-#')
  }))
})
