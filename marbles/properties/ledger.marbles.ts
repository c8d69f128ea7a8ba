/**
 * Goal: whatever happens, in whatever order, nothing is unaccounted for, nothing is out of order, nothing is committed twice,
 * and a fault stays where it belongs.
 *
 * Method: a drawing of random letters, one a millisecond, each an order to the vendor, to an operator, to a reader or to the
 * engine. After every letter, and from inside what is heard, the ledger must balance. A drawing that fails shrinks to a
 * short one, printed with its seed: `RUNS=20000 npx jest marbles/properties` looks longer.
 */
import { setImmediate as turn } from 'node:timers/promises'

import fc from 'fast-check'
import { asyncScheduler, map, mergeMap, type Observable, of, type Subscription, takeWhile, throwError, timer } from 'rxjs'

import { EventRefused } from '../../operators/market/eventRefused.ts'
import { encodeEvent } from '../../streams/codecs/index.ts'
import { fairMarketValue, perMinute, perSecond } from '../../streams/frequencies/index.ts'
import type { Lane } from '../../streams/lane.ts'
import type { EventLike, MinuteBar, Trade } from '../../streams/model.ts'
import type { Pulled } from '../../streams/pulled.ts'
import { engineMarbles, fairValue, marketTimeMs, minuteBar, trade } from '../index.ts'

const runs = Number(process.env.RUNS ?? 300)
const limit = 10

/** A reader and what a reader should be. */
const watched = <E extends EventLike>(lane: Lane<E>, name: string, numberOf: (event: E) => number) => {
  const numbers = new Map<number, number>()
  let reader = lane.reader(name)
  let committed = new Set<number>()
  let inFlight: [number, number][] = []
  let again: [number, number][] = []
  let next = 0

  const remember = (batch: Pulled<E>): void => {
    for (let i = 0; i < batch.length; i += 1) {
      const offset = batch.from + i
      const number = numberOf(batch.at(i))
      expect(numbers.get(offset) ?? number).toBe(number)
      numbers.set(offset, number)
      const before = numbers.get(offset - 1)
      if (before !== undefined) expect(number).toBeGreaterThan(before)
    }
  }

  const done = (offset: number): void => {
    expect(committed.has(offset)).toBe(false)
    committed.add(offset)
  }

  return {
    pull: (max?: number) => () => {
      const batch = reader.pull(max === undefined ? {} : { max })
      if (batch.length === 0) return
      const first = again[0]
      if (first === undefined) {
        expect(batch.from).toBe(next + batch.lostBefore)
        next = batch.to
      } else {
        expect(batch.from).toBe(first[0])
        expect(batch.to).toBeLessThanOrEqual(first[1])
        if (batch.to === first[1]) again.shift()
        else again[0] = [batch.to, first[1]]
      }
      inFlight.push([batch.from, batch.to])
      remember(batch)
    },
    commit: () => {
      reader.commit()
      for (const [from, to] of inFlight) for (let offset = from; offset < to; offset += 1) done(offset)
      inFlight = []
    },
    commitOne: () => {
      const first = inFlight[0]
      if (first === undefined) return
      const [from, to] = first
      reader.commit(from + 1)
      done(from)
      if (from + 1 === to) inFlight.shift()
      else inFlight[0] = [from + 1, to]
    },
    rewind: () => {
      reader.rewind()
      again = [...inFlight, ...again]
      inFlight = []
    },
    reopen: () => {
      reader.close()
      next = lane.nextOffset
      reader = lane.reader(name, { from: 'now' })
      committed = new Set()
      inFlight = []
      again = []
    },
    check: () => {
      expect(reader.figures().committed).toBe(committed.size)
    },
  }
}

const run = (links: 'shared' | 'dedicated', turnMs: number, steps: string): void => {
  engineMarbles((m) => {
    let n = 0
    let fault = ''
    let batches: Subscription | undefined
    const sent = { AM: [] as number[], FMV: [] as string[] }
    const heard = { AM: [] as number[], FMV: [] as string[], T: [] as number[] }

    const faulty = (event$: Observable<Trade>): Observable<Trade> => {
      return event$.pipe(
        mergeMap((event): Observable<{ readonly event: Trade; readonly isLast: boolean }> => {
          const now = fault
          fault = ''
          if (now === 'w') throw new Error('thrown')
          if (now === 'v') throw new EventRefused({ handler: 'h', symbol: event.symbol, field: 'price', expected: 'dear', received: 1 })
          if (now === 'n') return of({ event: { price: 1 } as Trade, isLast: false })
          if (now === 'i') return timer(1).pipe(mergeMap(() => throwError(() => new Error('late'))))
          return of({ event, isLast: now === 'W' })
        }),
        takeWhile(({ isLast }) => !isLast, true),
        map(({ event }) => event),
      )
    }

    const engine = m.engine({
      links,
      frequencies: [
        perSecond({ limit, tickers: '*' }).pipe(faulty),
        perMinute({ limit }),
        fairMarketValue({ limit }).pipeBatches(map((batch) => batch.slice(0))),
      ],
      link: { settleMs: 0, ackLimitMs: 4, lingerMs: 3, retry: { initialMs: 2, capMs: 8 } },
      inboxBytes: 700,
      turnBytes: 200,
      runtime: {
        turn: (work) => {
          const action = asyncScheduler.schedule(work, turnMs)
          return () => { action.unsubscribe() }
        },
      },
    })
    const [second, minute, value] = [engine.frequency('per_second'), engine.frequency('per_minute'), engine.frequency('fair_market_value')]
    const one = watched(second.lane('T'), 'one', ({ sequence }) => sequence ?? -1)
    const two = watched(minute.lane('AM'), 'two', ({ volume }) => volume)

    const balanced = (): void => { engine.ledger().assertBalanced() }
    /** Between two moments nothing is on its way through decode and operators. */
    const settled = (): void => {
      const { rows } = engine.ledger()
      expect(rows.filter(({ figures }) => (figures.inHand ?? 0) > 0)).toEqual([])
      one.check()
      two.check()
      balanced()
    }
    const aTrade = (symbol = 'AAPL') => trade({ symbol, sequence: (n += 1) })
    const aBar = (): MinuteBar => {
      n += 1
      sent.AM.push(n)
      return minuteBar({ volume: n, startMs: marketTimeMs + (n % 3) * 60_000 })
    }
    const aValue = () => {
      const event = fairValue({ atNs: `${String(marketTimeMs + (n += 1))}000123` })
      sent.FMV.push(event.atNs)
      return event
    }
    const text = (...elements: string[]): string => `[${elements.join(',')}]`
    const wire = (event: EventLike): string => encodeEvent(event).toString()
    const send = (...events: EventLike[]) => { m.vendor.send(events) }

    second.event$.subscribe((event) => { heard.T.push(event.sequence ?? -1); balanced() })
    minute.event$.subscribe(({ volume }) => { heard.AM.push(volume); balanced() })
    value.event$.subscribe(({ atNs }) => { heard.FMV.push(atNs); balanced() })
    for (const { deadLetter$, gap$, state$, reject$, source$ } of engine.frequencies) {
      deadLetter$.subscribe(balanced)
      gap$.subscribe(balanced)
      state$.subscribe(balanced)
      reject$.subscribe(balanced)
      source$.subscribe(balanced)
    }

    const orders: Record<string, () => void> = {
      t: () => { send(aTrade()) },
      g: () => { send(aTrade('GME')) },
      u: () => { send(aTrade(), aBar(), aTrade(), aValue(), aTrade(), aBar()) },
      b: () => { send(aBar(), aBar()) },
      f: () => { send(aValue()) },
      h: () => { send(...Array.from({ length: 25 }, () => aTrade())) },
      H: () => { send(...Array.from({ length: 12 }, () => aBar())) },
      x: () => { m.vendor.sendText(text(wire(aTrade()), '{"ev":"T","sym":"AAPL","p":-1}', 'nonsense', wire(aTrade())), 'T') },
      k: () => { m.vendor.sendText(text('{"ev":"ZZ","sym":"A"}', '7', '{"ev":"status","status":"odd"}', wire(aTrade('GME')), '{"ev":"Q","sym":"AAPL","t":1700000000000}', wire(aTrade())), 'T') },
      z: () => { m.vendor.sendText(`[${wire(aTrade())},{"ev":"T"`, 'T') },
      e: () => { m.vendor.sendText('[]') },
      E: () => { m.vendor.sendText('') },
      p: one.pull(),
      q: one.pull(3),
      c: one.commit,
      d: one.commitOne,
      r: one.rewind,
      y: one.reopen,
      P: two.pull(4),
      C: two.commit,
      R: two.rewind,
      B: () => {
        if (batches === undefined) batches = second.lane('T').batches({ count: 4, everyMs: 3 }).subscribe(balanced)
        else {
          batches.unsubscribe()
          batches = undefined
        }
      },
      s: second.stop,
      S: second.start,
      m: () => { second.setTickers(['AAPL']) },
      M: () => { second.setTickers('*') },
      X: () => { m.vendor.lose('T') },
      Y: () => { m.vendor.lose('AM') },
      '.': () => undefined,
      ...Object.fromEntries('wvnWi'.split('').map((letter) => [letter, () => { fault = letter }])),
    }

    const checked = Object.fromEntries(Object.entries(orders).map(([letter, order]) => [letter, () => { settled(); order(); settled() }]))
    m.at(` 30ms ${steps} 400ms .`, checked)
    m.at(` 30ms ${'-'.repeat(steps.length)} 500ms .`, {
      '.': () => {
        settled()
        // Order per type is the wire's, and what no fault could reach is whole.
        expect(heard.T).toEqual([...heard.T].sort((a, b) => a - b))
        expect(heard.AM).toEqual([...heard.AM].sort((a, b) => a - b))
        if (!steps.includes('Y') && (links === 'dedicated' || !steps.includes('X'))) {
          expect(heard.AM).toEqual(sent.AM)
          expect(heard.FMV).toEqual(sent.FMV)
        }
      },
    })
  })()
}

// What readers do comes more often: their orders matter in their order.
const letters = 'tgubfhHxkzeEBsSmMXYwvnWi.ypqcdrPCRpqcdrPCRqrqt'
const drawing = fc.array(fc.constantFrom(...letters.split('')), { minLength: 1, maxLength: 60, size: '+1' }).map((steps) => steps.join(''))

describe('the ledger', () => {
  it('is balanced after any interleaving of frames, pulls, commits, rewinds, throws, stops and losses', async () => {
    const property = fc.asyncProperty(fc.constantFrom('shared', 'dedicated'), fc.constantFrom(0, 3), drawing, async (links, turnMs, steps) => {
      run(links, turnMs, steps)
      // Lets the engine finish its close, which would be kept until the last run otherwise.
      await turn()
    })

    await fc.assert(property, { numRuns: runs })
  }, 10_000 + 200 * runs)
})
