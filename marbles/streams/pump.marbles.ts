import { EMPTY, NEVER, Subject } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { createPump, paced, type InboxMeter, type PacedOptions, type Pump, type Turn } from '../../streams/pump.ts'

type Marbles = Parameters<Parameters<typeof marbles>[0]>[0]

/** A turn comes at each letter of the diagram, if one was asked for. */
const turnsOf = (m: Marbles, diagram: string): Turn => {
  let asked: (() => void) | undefined
  m.hot(diagram).subscribe(() => {
    const work = asked
    asked = undefined
    work?.()
  })
  return (work) => {
    asked = work
    return () => { asked = undefined }
  }
}

const one = { priority: 1, bytesOf: () => 1, full: () => undefined } satisfies PacedOptions<unknown>

describe('paced', () => {
  it('keeps what the source says until the pump takes it', marbles((m) => {
    const source$ = m.hot(' -a-b-(cde)----|')
    const turn = turnsOf(m,'--x-x---x-x-x-x')
    const expected = '      --a-b---c-d-e-|'
    const subs = '          ^-------------!'

    m.expect(source$.pipe(paced(createPump({ turn, turnBytes: 1 }), one))).toBeObservable(expected)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('takes as much in a turn as turnBytes allow, at least one item', marbles((m) => {
    const source$ = m.hot(' -(abcde)-------------')
    const turn = turnsOf(m,'---------x----x----x--')
    const bytesOf = (item: string) => (item === 'c' ? 100 : 1)

    // Two bytes a turn: a and b; c alone, though it is larger; d and e.
    m.expect(source$.pipe(paced(createPump({ turn, turnBytes: 2 }), { ...one, bytesOf }))).toBeObservable('---------(ab)-c----(de)')
  }))

  it('never speaks when the source never does', marbles((m) => {
    const turn = turnsOf(m,'-x-x-x-')

    m.expect(NEVER.pipe(paced(createPump({ turn }), one))).toBeObservable('-')
  }))

  it('completes in the next turn when the source is empty', marbles((m) => {
    const turn = turnsOf(m,'---x-x-')

    m.expect(EMPTY.pipe(paced(createPump({ turn }), one))).toBeObservable('---|')
  }))

  it('hands on one item and completes after it', marbles((m) => {
    const source$ = m.hot(' -(a|)-')
    const turn = turnsOf(m,'----x--')

    m.expect(source$.pipe(paced(createPump({ turn }), one))).toBeObservable('----(a|)')
  }))

  it('lets no error overtake what is held', marbles((m) => {
    const source$ = m.hot(' -a-b#----')
    const turn = turnsOf(m,'------x--x')

    m.expect(source$.pipe(paced(createPump({ turn, turnBytes: 1 }), one))).toBeObservable('------a--(b#)')
  }))

  it('takes an item and a turn of the same moment in their order', marbles((m) => {
    const source$ = m.hot(' -a-b-')
    const turn = turnsOf(m,'-x-x-x')

    m.expect(source$.pipe(paced(createPump({ turn }), one))).toBeObservable('-a-b--')
  }))

  it('forgets what it holds when it is unsubscribed, and says how much that was', marbles((m) => {
    const source$ = m.hot(' -(abc)------')
    const turn = turnsOf(m,'------x---x-')
    const meter: InboxMeter = { items: 0, frames: 0, bytes: 0, itemsMax: 0, bytesMax: 0 }
    const paced$ = source$.pipe(paced(createPump({ turn, turnBytes: 1 }), { ...one, meter }))

    m.expect(paced$, '                  ^-------!').toBeObservable('------a--')
    m.expect(source$).toHaveSubscriptions('^-------!')
    m.flush()
    expect(meter).toEqual({ items: 2, frames: 2, bytes: 2, itemsMax: 3, bytesMax: 3 })
  }))

  it('is full at its bound and has room again at the half', marbles((m) => {
    const source$ = m.hot(' -a-b-c-d------------')
    const turn = turnsOf(m,'---------x-x-x-x-----')
    const full$ = new Subject<boolean>()
    const options = { ...one, inboxBytes: 3, full: (isFull: boolean) => { full$.next(isFull) } }

    m.expect(full$).toBeObservable('                                               -----f-------r', { f: true, r: false })
    m.expect(source$.pipe(paced(createPump({ turn, turnBytes: 1 }), options))).toBeObservable('---------a-b-c-d')
  }))

  it('keeps a thousand items in order', marbles((m) => {
    const items = Array.from({ length: 5000 }, (_, i) => i)
    const source$ = new Subject<number>()
    const seen: number[] = []
    const turns: (() => void)[] = []
    source$.pipe(paced(createPump({ turn: (work) => { turns.push(work); return () => undefined }, turnBytes: 7 }), one)).subscribe((item) => seen.push(item))

    for (const item of items) {
      source$.next(item)
      if (item % 3 === 0) turns.shift()?.()
    }
    while (turns.length > 0) turns.shift()!()
    m.flush()

    expect(seen).toEqual(items)
  }))
})

describe('pump', () => {
  it('takes from every link in each turn, at most turnBytes of one', marbles((m) => {
    const a$ = m.hot('      -(aaaaaa)-----')
    const b$ = m.hot('      --b-----------')
    const turn = turnsOf(m,'---------x----x----x-')
    const pump = createPump({ turn, turnBytes: 2 })

    m.expect(a$.pipe(paced(pump, { ...one, priority: 1 }))).toBeObservable('---------(aa)-(aa)-(aa)')
    m.expect(b$.pipe(paced(pump, { ...one, priority: 2 }))).toBeObservable('---------b---')
  }))

  it('starts each turn with the most important link', marbles((m) => {
    const order: string[] = []
    const turn = turnsOf(m,'----x-x-')
    const pump = createPump({ turn, turnBytes: 1 })
    m.hot('                 -(cc)---').pipe(paced(pump, { ...one, priority: 3 })).subscribe((item) => order.push(item))
    m.hot('                 -(aa)---').pipe(paced(pump, { ...one, priority: 1 })).subscribe((item) => order.push(item))
    m.hot('                 -(bb)---').pipe(paced(pump, { ...one, priority: 2 })).subscribe((item) => order.push(item))

    m.flush()

    expect(order.join('')).toBe('abcabc')
  }))

  it('takes no more from a held link before the next turn, which begins with what was held, and goes on with the others', marbles((m) => {
    const order: string[] = []
    const turn = turnsOf(m,'------x-x-x-')
    const pump: Pump = createPump({ turn })
    const source$ = m.hot(' -(abc)------')
    source$.pipe(paced(pump, { ...one, priority: 1 })).subscribe((item) => {
      order.push(item)
      if (item === 'a') pump.hold(() => order.push('again'))
    })
    m.hot('                 -(yz)-------').pipe(paced(pump, { ...one, priority: 2 })).subscribe((item) => order.push(item))

    m.flush()

    // The other link goes on: one frequency's reader is no business of another's.
    expect(order).toEqual(['a', 'y', 'z', 'again', 'b', 'c'])
    expect([pump.isIdle(), pump.isHeld()]).toEqual([true, false])
  }))

  it('takes a hold made by what was held for the turn after', marbles((m) => {
    const order: string[] = []
    const turn = turnsOf(m,'--a-b-c-')
    const pump = createPump({ turn })
    pump.hold(() => {
      order.push('first')
      pump.hold(() => order.push('second'))
    })

    m.hot('                 --1-2-3-').subscribe((mark) => order.push(mark))
    m.flush()

    expect(order).toEqual(['first', '1', 'second', '2', '3'])
  }))

  it('asks for no turn when there is nothing to do', () => {
    let asked = 0
    const pump = createPump({ turn: () => { asked += 1; return () => undefined } })

    pump.wake()
    pump.hold(() => undefined)
    pump.wake()

    expect(asked).toBe(1)
  })

  it('takes its turn back when it stops', () => {
    let isTaken = false
    const pump = createPump({ turn: () => () => { isTaken = true } })
    pump.hold(() => undefined)

    pump.stop()

    expect([isTaken, pump.isIdle()]).toEqual([true, true])
  })

  it('throws RangeError for a turn of no bytes', () => {
    expect(() => createPump({ turn: () => () => undefined, turnBytes: 0 })).toThrow('turnBytes must be above 0 bytes, not 0')
  })
})
