// Records two seconds of a market, then plays them as fast as they are taken, twice: the same events, the same hash, and an operator tried on
// what has been.
//
//     npm run build && node examples/13-record-replay.mjs
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

import { createEngine, outputHash, perMinute, perSecond, record, replay, simulated } from 'tickstock'

const folder = await mkdtemp(join(tmpdir(), 'tickstock-example-'))
const file = join(folder, 'today.frames.gz')

/** The same for the market and for its recording. */
const frequencies = () => [perSecond({ tickers: '*' }), perMinute({ tickers: '*' })]

const live = async () => {
  const engine = createEngine({ provider: simulated({ seed: 7, rate: 2000 }), frequencies: frequencies() })
  const recording = record(engine, { file })
  const hash = outputHash(engine)
  await engine.start()
  await wait(2000)
  await engine.close()
  const { written, dropped } = recording.figures()
  console.log(`live      ${hash.sha256()}  ${written} frames recorded, ${dropped} dropped`)
}

const again = async () => {
  const recording = replay({ file, speed: 'max' })
  const engine = createEngine({ provider: recording, frequencies: frequencies() })
  const hash = outputHash(engine)
  const shares = new Map()
  engine.frequency('per_second').event$.subscribe(({ symbol, size }) => {
    shares.set(symbol, (shares.get(symbol) ?? 0) + size)
  })
  await engine.start()
  await recording.ended
  await engine.close()
  engine.ledger().assertBalanced()
  const [most] = [...shares].sort(([, a], [, b]) => b - a)
  console.log(`replayed  ${hash.sha256()}  most shares: ${most?.join(' ')}`)
}

try {
  await live()
  await again()
  await again()
} finally {
  await rm(folder, { recursive: true })
}
