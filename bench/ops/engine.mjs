// An engine at full rate, readers behind it, in a process of its own: with all that tells how it is (`all`), or with nothing of it (`bare`); or one of each.
import { setImmediate as turn } from 'node:timers/promises'

import { noMachine } from '../../dist/esm/marbles/kit/noMachine.js'
import { createEngine } from '../../dist/esm/src/engine.js'
import { serveOps } from '../../dist/esm/src/ops/serve/index.js'
import { fairMarketValue, perMinute, perSecond } from '../../dist/esm/streams/frequencies/index.js'
import { secret } from '../../dist/esm/streams/link/secret.js'
import { framesOf } from '../kit/frames.mjs'
import { fakeVendor } from '../sockets/fakeSocket.mjs'

const [sizeText, ...modes] = process.argv.slice(2)
const size = Number(sizeText)

/** What the pump takes in a turn. */
const turnBytes = 32 * 1024

/** As long as a timer can wait: no look of the health within a bench. */
const never = 2_147_483_647

const nothing = () => {}
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => logger }
const frames = framesOf('mix', { size, count: 4000 / size })
const perTurn = Math.max(1, Math.floor(turnBytes / (105 * size)))

/** Microseconds of processor time of all threads of this process since then. */
const spentSince = (before) => {
  const { user, system } = process.cpuUsage(before)
  return user + system
}

const started = async (mode) => {
  const vendor = fakeVendor()
  const engine = createEngine({
    provider: {
      name: 'bench',
      endpoint: () => ({ url: 'ws://bench', key: secret('a key'), account: 'bench' }),
      openSocket: vendor.openSocket,
    },
    // As hosts have it. With one lane only, the compiler would make code for that one, and the lanes of the health would cost what a second frequency does.
    frequencies: [perSecond({ limit: 10_000 }), perMinute(), fairMarketValue()],
    ...(mode === 'all' ? { logger } : { healthEveryMs: never, runtime: { machine: noMachine, isMeasured: false } }),
  })
  const ops = mode === 'all' ? await serveOps(engine, { port: 0, logger }) : undefined

  let read = 0
  for (const [name, eventType] of [
    ['per_second', 'T'],
    ['per_minute', 'AM'],
    ['fair_market_value', 'FMV'],
  ])
    void engine
      .frequency(name)
      .lane(eventType)
      .reader('bench')
      .each((batch) => {
        if (batch.lostBefore > 0) throw new Error('a reader that awaits has lost something')
        read += batch.length
      })
  await engine.start()

  let at = 0
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
  return { run, url: ops?.url }
}

const engines = new Map()
for (const mode of modes) engines.set(mode, await started(mode))

process.on('message', ({ kind, mode, seconds }) => {
  if (kind === 'run')
    void engines
      .get(mode)
      .run(seconds)
      .then((told) => process.send(told))
})
process.on('disconnect', () => process.exit(0))
process.send({ kind: 'ready', url: engines.get('all')?.url })
