// What is measured on: frames as the vendor sends them, the same at every run.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
const randomOf = (seed) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** One to four letters, in the order of a counter. */
const tickerOf = (rank) => {
  let text = ''
  for (let rest = rank + 1; rest > 0; rest = Math.floor((rest - 1) / 26))
    text += String.fromCharCode(65 + ((rest - 1) % 26))
  return text
}

const tickerCount = 10_000

/** Makers of elements; the tickers are drawn by Zipf's law, so that a few make most of the traffic. */
export const makersOf = (seed) => {
  const random = randomOf(seed)
  const below = (end) => Math.floor(random() * end)
  const tickers = Array.from({ length: tickerCount }, (_, rank) => tickerOf(rank))
  const weights = new Float64Array(tickerCount)
  let total = 0
  for (let rank = 0; rank < tickerCount; rank += 1) weights[rank] = total += 1 / (rank + 1)
  const symbol = () => {
    const at = random() * total
    let low = 0
    let high = tickerCount - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (weights[middle] < at) low = middle + 1
      else high = middle
    }
    return tickers[low]
  }

  let nowMs = 1_721_683_216_349
  const tick = () => (nowMs += below(3))
  const price = () => Number((random() * 400 + 1).toFixed(random() < 0.7 ? 2 : 4))
  const conditions = () => (random() < 0.4 ? { c: random() < 0.5 ? [12, 37] : [37] } : {})
  const trf = (t) => (random() < 0.4 ? { trfi: 202, trft: t } : {})
  const id = () => String(52_983_525_000_000 + below(1e9))

  const documented = () => {
    const t = tick()
    return {
      ev: 'T',
      sym: symbol(),
      x: 1 + below(20),
      i: id(),
      z: 3,
      p: price(),
      s: 1 + below(900),
      ...conditions(),
      t,
      q: below(9e6),
    }
  }
  const live = () => {
    const t = tick()
    const s = 1 + below(900)
    return {
      ev: 'T',
      sym: symbol(),
      i: id(),
      x: 1 + below(20),
      p: price(),
      s,
      ds: `${s}.0`,
      ...conditions(),
      t,
      pt: t - 1,
      q: below(9e6),
      z: 3,
      ...trf(t),
    }
  }
  const bar = (ev, windowMs) => {
    const s = Math.floor(tick() / windowMs) * windowMs
    const [l, o, c, h] = [price(), price(), price(), price()].sort((a, b) => a - b)
    return {
      ev,
      sym: symbol(),
      v: below(9_000),
      av: below(9e6),
      op: o,
      vw: Number(((l + h) / 2).toFixed(4)),
      o,
      c,
      h,
      l,
      a: price(),
      z: below(300),
      s,
      e: s + windowMs,
    }
  }
  const value = () => ({ ev: 'FMV', fmv: price(), sym: symbol(), t: tick() })
  const text = (make) => () => JSON.stringify(make())

  return {
    'T, documented order': text(documented),
    'T, live order': text(live),
    A: text(() => bar('A', 1_000)),
    AM: text(() => bar('AM', 60_000)),
    'FMV, ms': text(value),
    // A number beyond a double, so it is written by hand.
    'FMV, ns': () => JSON.stringify(value()).replace(/}$/, `${String(below(1e6)).padStart(6, '0')}}`),
    'T, ev last': text(() => {
      const { ev, ...rest } = documented()
      return { ...rest, ev }
    }),
    'T, two unknown keys': text(() => ({ ...documented(), nw: 'abc', k2: below(100) })),
    // One escape, which only JSON.parse reads.
    'T, refused by the scanner': () => JSON.stringify(documented()).replace('"sym":"', '"sym":"\\u0041'),
  }
}

/** A socket is read in chunks, and frames are parts of them; larger ones have a block of their own. */
const inChunks = (texts) => {
  const frames = []
  let chunk = Buffer.allocUnsafeSlow(65_536)
  let at = 0
  for (const text of texts) {
    const length = Buffer.byteLength(text)
    if (length > 65_536) {
      frames.push(Buffer.from(text))
      continue
    }
    if (at + length > chunk.length) {
      chunk = Buffer.allocUnsafeSlow(65_536)
      at = 0
    }
    chunk.write(text, at)
    frames.push(chunk.subarray(at, at + length))
    at += length
  }
  return frames
}

/** At least `events` events of one maker in frames of `size`. */
export const framesOf = (make, size, events) =>
  inChunks(Array.from({ length: Math.ceil(events / size) }, () => `[${Array.from({ length: size }, make).join(',')}]`))

const dayFile = join(import.meta.dirname, '..', '..', 'shared', 'data', 'us-equities-2013-10-07.frames.gz')

/** Frames of a recorded day's busiest hour and what is in them; nothing where the recording is not there: it is not ours to publish. */
export const dayFrames = (count) => {
  if (!existsSync(dayFile)) return undefined
  const lines = gunzipSync(readFileSync(dayFile)).toString().split('\n')
  const from = lines.findIndex((line) => line.startsWith('1381152'))
  const texts = lines
    .slice(Math.max(from, 0))
    .slice(0, count)
    .filter((line) => line !== '')
  return inChunks(texts.map((line) => line.slice(line.indexOf(' ') + 1)))
}
