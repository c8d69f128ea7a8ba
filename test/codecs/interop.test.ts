import { from, lastValueFrom, mergeMap, of, take, toArray } from 'rxjs'

import { batchesOf } from '../../streams/codecs/index.ts'
import type { Batch } from '../../streams/codecs/index.ts'
import { trade } from '../../marbles/index.ts'

describe('a batch in RxJS', () => {
  const events = [trade({ price: 1 }), trade({ price: 2 }), trade({ price: 3 })]
  const batch = batchesOf(events)[0] as Batch<(typeof events)[number]>

  it('is its events, though it has a length', async () => {
    expect(await lastValueFrom(from(batch).pipe(toArray()))).toEqual(events)
    expect(
      await lastValueFrom(
        of(batch).pipe(
          mergeMap((one) => one),
          toArray(),
        ),
      ),
    ).toEqual(events)
  })

  it('builds no more than is taken', async () => {
    expect(await lastValueFrom(from(batch).pipe(take(2), toArray()))).toEqual(events.slice(0, 2))
  })
})
