import { Subject } from 'rxjs'

import type { Batch } from '../streams/codecs/batch.ts'
import { decodeFrame } from '../streams/codecs/decodeFrame.ts'
import { numberRevisions } from '../streams/numberRevisions.ts'

const tickerOf = (i: number): string => `T${i.toString(36).toUpperCase()}`

const from = (first: number, count: number): readonly number[] => Array.from({ length: count }, (_, i) => first + i)

describe('the numbers of bars', () => {
  // Two lists of the decoder's names, and one more than the memory has places for.
  it('are forgotten with the ticker that came first, and nobody else’s are taken for its', () => {
    const batch$ = new Subject<Batch>()
    const seen: (readonly number[])[] = []
    batch$.pipe(numberRevisions()).subscribe((batch) => {
      seen.push(Array.from({ length: batch.length }, (_, i) => batch.number(i, 'revision')))
    })
    const number = (tickers: readonly number[]): readonly number[] => {
      const bars = tickers.map(
        (i) => `{"ev":"AM","sym":"${tickerOf(i)}","v":1,"o":1,"c":1,"h":1,"l":1,"s":60000,"e":120000}`,
      )
      batch$.next(decodeFrame(Buffer.from(`[${bars.join()}]`)).batches[0]!)
      return seen.at(-1)!
    }

    for (let first = 0; first < 65_536; first += 4_096) expect(Math.max(...number(from(first, 4_096)))).toBe(0)
    expect(number([0, 1, 2, 65_535])).toEqual([1, 1, 1, 1])
    // One more: the first one's place is now its own, and the first comes to the second one's.
    expect(number([65_536, 2, 0, 2, 1, 3, 65_536])).toEqual([0, 2, 0, 3, 0, 1, 1])
  })
})
