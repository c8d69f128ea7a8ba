/**
 * Goal: closing an engine while a blocking lane holds back the rest of a frame. The close waits for readers in a loop and loses nothing;
 * a reader that pulls by hand has until `drainMs`, and what it leaves is counted; whatever happens, `drainMs` bounds it.
 *
 * Method: the real engine in real time on the scripted vendor, one frame of twenty events and a lane of four. Every loop has a bound.
 */
import { afterEach, describe, expect, it } from '@jest/globals'
import { filter, firstValueFrom, timeout, timer } from 'rxjs'

import { scriptedVendor, trade } from '../marbles/index.ts'
import { createEngine, type Engine, perSecond, type ReaderFigures } from '../src/index.ts'

const count = 20
const events = Array.from({ length: count }, (_, i) => trade({ sequence: i + 1 }))
const engines: Engine[] = []

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close({ drainMs: 0 })))
})

/** An engine whose lane holds back most of a frame, for the readers that `open` has opened. */
const blocked = async (open: (lane: ReturnType<typeof laneOf>) => void) => {
  const vendor = scriptedVendor()
  const engine = createEngine({
    provider: vendor.provider,
    frequencies: [perSecond({ limit: 4, whenFull: 'block' })],
    link: { settleMs: 0 },
  })
  engines.push(engine)
  await engine.start()
  const lane = laneOf(engine)
  open(lane)
  vendor.send(events)
  await firstValueFrom(
    timer(0, 1).pipe(
      filter(() => lane.nextOffset >= 4),
      timeout(2_000),
    ),
  )
  return { engine, lane }
}
const laneOf = (engine: Engine<[ReturnType<typeof perSecond>]>) => engine.frequency('per_second').lane('T')

const readersOf = (engine: Engine): readonly ReaderFigures[] =>
  // At its close a reader's last figures join the closed row.
  engine
    .ledger()
    .rows.filter(({ kind }) => kind === 'reader')
    .map(({ figures }) => figures as unknown as ReaderFigures)

describe('closing while a lane blocks', () => {
  it('waits for a reader in a loop, which gets everything', async () => {
    const got: (number | undefined)[] = []
    const { engine } = await blocked((lane) => {
      void lane.reader('loop').each(async (batch) => {
        await firstValueFrom(timer(2))
        for (const event of batch) got.push(event.sequence)
      })
    })

    await engine.close({ drainMs: 5_000 })

    expect(got).toStrictEqual(events.map(({ sequence }) => sequence))
    expect(readersOf(engine)).toMatchObject([{ committed: count, lost: 0, abandoned: 0 }])
    engine.ledger().assertBalanced()
  })

  it('gives a reader that pulls by hand until drainMs, and counts what it leaves', async () => {
    const { engine, lane } = await blocked((one) => one.reader('by hand'))

    await engine.close({ drainMs: 100 })

    expect(lane.nextOffset).toBe(count)
    const [figures] = readersOf(engine)
    expect(figures).toMatchObject({ offered: count, committed: 0, waiting: 0, inFlight: 0 })
    expect(Number(figures?.lost) + Number(figures?.abandoned)).toBe(count)
    engine.ledger().assertBalanced()
  })

  it('gives up after drainMs on a reader in a loop that never ends, and counts the rest', async () => {
    const { engine } = await blocked((lane) => {
      void lane.reader('stuck').each(() => new Promise(() => undefined))
    })

    await engine.close({ drainMs: 50 })

    const [figures] = readersOf(engine)
    expect(figures).toMatchObject({ offered: count, committed: 0 })
    expect(Number(figures?.lost) + Number(figures?.abandoned)).toBe(count)
    engine.ledger().assertBalanced()
  })
})
