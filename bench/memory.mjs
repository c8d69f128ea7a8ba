// Memory and collections, in a process of its own for each figure: `node --expose-gc memory.mjs kept|collections <frame size> [copied]`.
import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { builtInCodecs, createDecoder } from 'tickstock/streams'

import { createRetention } from '../dist/esm/streams/retention.js'
import { framesOf, makersOf } from './inputs.mjs'

const [what, sizeText, copied] = process.argv.slice(2)
const size = Number(sizeText)
const make = makersOf(1)['T, documented order']
const decode = createDecoder(builtInCodecs)

const used = () => {
  for (let i = 0; i < 4; i += 1) globalThis.gc()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** What a retained trade keeps in memory, against its bytes on the wire, as in a lane. */
const kept = () => {
  const wanted = 200_000
  const keep = () => {
    const batches = []
    const retention = createRetention()
    let wireBytes = 0
    for (let events = 0; events < wanted;) {
      // New chunks each time, as a socket has them: none is kept but for what looks into it.
      for (const frame of framesOf(make, size, 500)) {
        for (const batch of decode(frame).batches) {
          retention.keep(batch)
          batches.push(batch)
          wireBytes += batch.wireBytes
          events += batch.length
        }
      }
    }
    return { batches, wireBytes }
  }
  keep()
  const before = used()
  const { batches, wireBytes } = keep()
  const bytes = used() - before
  return { events: batches.reduce((sum, { length }) => sum + length, 0), bytes, wireBytes, ratio: bytes / wireBytes }
}

/** Collections while two million trades pass through a ring of a thousand and are forwarded, as the bytes that came. */
const collections = async () => {
  const frames = framesOf(make, size, 50_000)
  const out = Buffer.alloc(1 << 20)
  const ring = new Array(Math.ceil(1_000 / size))
  let at = 0
  let events = 0
  const pass = (wanted) => {
    for (let passed = 0; passed < wanted;) {
      for (const frame of frames) {
        for (const batch of decode(frame).batches) {
          if (copied === 'copied') batch.detach()
          ring[at] = batch
          at = (at + 1) % ring.length
          passed += batch.length
          events += batch.copyWire(out, 0)
        }
      }
    }
  }
  pass(200_000)
  globalThis.gc()
  let count = 0
  let ms = 0
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      count += 1
      ms += duration
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  pass(2_000_000)
  await wait(50)
  return { count, ms, events }
}

process.stdout.write(`${JSON.stringify(what === 'kept' ? kept() : await collections())}\n`)
