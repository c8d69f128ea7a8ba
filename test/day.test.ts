/**
 * Goal: a real trading day goes from the file through the simulator, a real socket and the engine to the readers of a host, and
 * every event arrives once, in order, byte for byte.
 *
 * Method: each event type's elements are hashed in the order of the file, and again as the readers get them. The file is not
 * ours to publish: where it is absent the test says so and ends.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

import { createEngine, fairMarketValue, perMinute, perSecond, simulated } from '../src/index.ts'
import type { Lane } from '../src/index.ts'

const dayFile = join(__dirname, '../../shared/data/us-equities-2013-10-07.frames.gz')

interface Tally {
  events: number
  readonly hash: ReturnType<typeof createHash>
}

const tally = (): Tally => ({ events: 0, hash: createHash('sha256') })

/** Elements per type as the file has them. No frame of the file mixes types. */
const expectedOf = (file: string): Map<string, Tally> => {
  const expected = new Map<string, Tally>()
  const text = gunzipSync(readFileSync(file)).toString()
  for (const line of text.split('\n')) {
    if (line === '') continue
    const frame = line.slice(line.indexOf(' ') + 1)
    const eventType = /^\[\{"ev":"(\w+)"/.exec(frame)?.[1] ?? ''
    const one = expected.get(eventType) ?? tally()
    expected.set(eventType, one)
    one.events += frame.split('},{').length
    one.hash.update(`${frame.slice(1, -1)},`)
  }
  return expected
}

const readAll = async (lane: Lane, events: number): Promise<Tally & { lost: number }> => {
  const got = { ...tally(), lost: 0 }
  const reader = lane.reader('day')
  for await (const batch of reader) {
    got.lost += batch.lostBefore
    for (let i = 0; i < batch.length; i += 1) {
      got.hash.update(batch.wire(i))
      got.hash.update(',')
    }
    got.events += batch.length
    reader.commit()
    if (got.events + got.lost >= events) break
  }
  return got
}

const play = async (channels: 'T' | 'A', links: 'shared' | 'dedicated'): Promise<void> => {
  const expected = expectedOf(dayFile)
  const engine = createEngine({
    provider: simulated({ frames: dayFile, speed: 'max' }),
    links,
    frequencies: [perSecond({ channels: [channels] }), perMinute(), fairMarketValue()],
  })
  try {
    const lanes = engine.frequencies.map((frequency) => frequency.lane(frequency.eventTypes[0] as string))
    const reading = lanes.map((lane) => readAll(lane, expected.get(lane.eventType)?.events ?? 0))
    await engine.start()
    const got = await Promise.all(reading)

    lanes.forEach((lane, i) => {
      const want = expected.get(lane.eventType)
      expect({
        type: lane.eventType,
        events: got[i]?.events,
        lost: got[i]?.lost,
        hash: got[i]?.hash.digest('hex'),
      }).toEqual({
        type: lane.eventType,
        events: want?.events,
        lost: 0,
        hash: want?.hash.digest('hex'),
      })
    })
    const [link] = engine.health().links
    expect(link).toMatchObject({ rejected: 0, broken: 0 })
  } finally {
    await engine.close()
  }
  engine.ledger().assertBalanced()
}

const whenThere = existsSync(dayFile) ? it : it.skip
const unless = existsSync(dayFile) ? '' : ' (skipped: the recorded day is not beside the repository)'

describe('a real trading day', () => {
  whenThere(
    `reaches the readers whole over one shared link: 388,417 T, 2,309 AM, 41,970 FMV${unless}`,
    () => play('T', 'shared'),
    120_000,
  )

  whenThere(
    `reaches the readers whole over dedicated links, with 38,043 A for the second${unless}`,
    () => play('A', 'dedicated'),
    120_000,
  )
})
