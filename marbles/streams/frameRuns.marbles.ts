import { Subject } from 'rxjs'

import { type Arrival, belongs, decoding, linkMeter, together } from '../../streams/arrivals.ts'
import { decodeFrame } from '../../streams/codecs/decodeFrame.ts'
import type { Frame } from '../../streams/model.ts'
import { createPump, paced } from '../../streams/pump.ts'

const trade = (symbol: string): string => `[{"ev":"T","sym":"${symbol}","p":1,"s":1,"t":1}]`
const status = '[{"ev":"status","status":"success","message":"subscribed to: T.A"}]'

/** Frames as a socket reads them at once. */
const readAtOnce = (texts: readonly string[], session = 1): readonly Frame[] => {
  const block = Buffer.allocUnsafeSlow(texts.join('').length)
  let at = 0
  return texts.map((text) => ({ bytes: block.subarray(at, (at += block.write(text, at))), receivedMs: 7, session, arrivedAt: 0.5 }))
}

const arrivals = (frames: readonly Frame[]): Arrival[] => frames.map((frame) => ({ kind: 'frame', frame }))

/** What the pump takes out of an inbox with these in it. */
const all = (items: readonly Arrival[]): readonly Arrival[] => {
  let turn: (() => void) | undefined
  const pump = createPump({ turn: (work) => { turn = work; return () => undefined }, turnBytes: 1e6 })
  const arrival$ = new Subject<Arrival>()
  const out: Arrival[] = []
  arrival$.pipe(paced<Arrival>(pump, { priority: 1, bytesOf: () => 1, full: () => undefined, runs: { belongs, together } })).subscribe((item) => out.push(item))
  for (const item of items) arrival$.next(item)
  turn?.()
  return out
}

const lengthsOf = (items: readonly Arrival[]): readonly (number | string)[] =>
  items.map((item) => (item.kind === 'run' ? item.frames.length : item.kind))

describe('small frames that were read at once', () => {
  it('are taken together', () => {
    expect(lengthsOf(all(arrivals(readAtOnce([trade('A'), trade('B'), trade('C')]))))).toStrictEqual([3])
  })

  it('are taken together with runs of them, which stay what they were', () => {
    const [a, b, c, d, e] = arrivals(readAtOnce(['A', 'B', 'C', 'D', 'E'].map(trade)))
    const [bc, de] = [together([b!, c!]), together([d!, e!])]

    const [abcde] = all([a!, bc, de])
    expect(abcde).toStrictEqual(together([a!, b!, c!, d!, e!]))
    expect(abcde).toMatchObject({ kind: 'run', bytes: 5 * trade('A').length, receivedMs: 7, session: 1, arrivedAt: 0.5 })
    expect(lengthsOf([bc, de])).toStrictEqual([2, 2])
    expect(lengthsOf(all([bc, de, a!]))).toStrictEqual([5])
  })

  it('are not taken together with larger ones, with those of another read or session, nor over a mark', () => {
    const large = `[${' '.repeat(2_000)}]`
    const [a, b, c, d] = readAtOnce([trade('A'), large, trade('B'), trade('C')])
    const mark: Arrival = { kind: 'left', frequency: 'per_second', atMs: 0 }
    const cd = together(arrivals([c!, d!]))

    expect(lengthsOf(all(arrivals([a!, b!, c!, d!])))).toStrictEqual(['frame', 'frame', 2])
    expect(lengthsOf(all([cd, ...arrivals([b!])]))).toStrictEqual([2, 'frame'])
    expect(lengthsOf(all([...arrivals([b!]), cd]))).toStrictEqual(['frame', 2])
    expect(lengthsOf(all(arrivals([a!, ...readAtOnce([trade('B')])])))).toStrictEqual(['frame', 'frame'])
    expect(lengthsOf(all([cd, ...arrivals(readAtOnce([trade('B')]))]))).toStrictEqual([2, 'frame'])
    expect(lengthsOf(all(arrivals([a!, { ...c!, session: 2 }])))).toStrictEqual(['frame', 'frame'])
    expect(lengthsOf(all([...arrivals([c!]), mark, ...arrivals([d!])]))).toStrictEqual(['frame', 'left', 'frame'])
  })

  const decoded = (texts: readonly string[]) => {
    const meter = linkMeter()
    const arrival$ = new Subject<Arrival>()
    const said: string[] = []
    const parsed: number[] = []
    arrival$.pipe(decoding(decodeFrame, meter)).subscribe((item) => {
      if (item.kind !== 'decoded') return
      parsed.push(meter.parsed)
      said.push(...item.decoded.statuses.map(() => 'status'))
      for (const batch of item.decoded.batches) said.push([...batch].map(({ symbol }) => symbol).join(''))
    })
    arrival$.next(together(arrivals(readAtOnce(texts))))
    return { said, meter, parsed }
  }

  it('are one batch of each type, every frame counted', () => {
    const { said, meter } = decoded([trade('A'), trade('B'), '[', trade('C')])

    expect(said).toStrictEqual(['ABC'])
    expect(meter).toMatchObject({ parsed: 3, broken: 1, elements: 4, events: 3, inHand: 3, rejected: 1 })
  })

  it('keep a status in its place: then they go one by one', () => {
    const { said, meter, parsed } = decoded([trade('A'), trade('B'), status, trade('C')])

    expect(said).toStrictEqual(['A', 'B', 'status', 'C'])
    // Whoever looks at the ledger meanwhile misses none of them.
    expect(parsed).toStrictEqual([4, 4, 4, 4])
    expect(meter).toMatchObject({ parsed: 4, broken: 0, elements: 4, events: 3, statuses: 1 })
  })
})
