// An engine at full rate, a reader behind it, in a process of its own: with all that tells how it is (`all`), or with nothing of it (`bare`).
import { setImmediate as turn } from 'node:timers/promises'

import { createEngine } from '../../dist/esm/src/engine.js'
import { serveOps } from '../../dist/esm/src/ops/serve/index.js'
import { perSecond } from '../../dist/esm/streams/frequencies/index.js'
import { secret } from '../../dist/esm/streams/link/secret.js'
import { framesOf } from '../kit/frames.mjs'
import { fakeVendor } from '../sockets/fakeSocket.mjs'

const [mode, sizeText] = process.argv.slice(2)
const size = Number(sizeText)

/** What the pump takes in a turn. */
const turnBytes = 32 * 1024

/** As long as a timer can wait: no look of the health within a bench. */
const never = 2_147_483_647

const nothing = () => {}
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => logger }
const noMachine = {
  start: nothing,
  tick: nothing,
  read: () => ({
    loop: { p50Ms: 0, p99Ms: 0, maxMs: 0 },
    memory: { rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 },
    cpuMs: { user: 0, system: 0 },
  }),
  stop: nothing,
}

const vendor = fakeVendor()
const engine = createEngine({
  provider: {
    name: 'bench',
    endpoint: () => ({ url: 'ws://bench', key: secret('a key'), account: 'bench' }),
    openSocket: vendor.openSocket,
  },
  frequencies: [perSecond({ limit: 10_000 })],
  ...(mode === 'all' ? { logger } : { healthEveryMs: never, runtime: { machine: noMachine, isMeasured: false } }),
})
const ops = mode === 'all' ? await serveOps(engine, { port: 0, logger }) : undefined

let read = 0
void engine
  .frequency('per_second')
  .lane('T')
  .reader('bench')
  .each((batch) => {
    if (batch.lostBefore > 0) throw new Error('a reader that awaits has lost something')
    read += batch.length
  })
await engine.start()

const frames = framesOf('T', { size, count: 4000 / size })
const perTurn = Math.max(1, Math.floor(turnBytes / frames[0].length))
let at = 0

/** Microseconds of processor time of all threads of this process since then. */
const spentSince = (before) => {
  const { user, system } = process.cpuUsage(before)
  return user + system
}

/** Feeds as many events as it takes for so many seconds of processor time, and tells the parent of each second. */
const run = async (seconds) => {
  const from = read
  const before = process.cpuUsage()
  let fed = 0
  let told = 0
  let turns = 0
  // To ask for the time that was spent takes some itself.
  for (let spent = 0; spent < seconds * 1e6; spent = (turns += 1) % 16 === 0 ? spentSince(before) : spent) {
    if (spent > told * 1e6) process.send({ kind: 'second', told: (told += 1) })
    for (let i = 0; i < perTurn; i += 1) {
      vendor.feed(frames[at])
      at = (at + 1) % frames.length
      fed += size
    }
    while (read - from < fed) await turn()
  }
  return { kind: 'ran', events: fed, us: spentSince(before) }
}

process.on('message', ({ kind, seconds }) => {
  if (kind === 'run') void run(seconds).then((told) => process.send(told))
  if (kind === 'health') process.send({ kind: 'health', health: engine.health() })
})
process.on('disconnect', () => process.exit(0))
process.send({ kind: 'ready', url: ops?.url })
