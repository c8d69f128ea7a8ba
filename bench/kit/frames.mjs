// Frames as the vendor sends them, the same bytes in every run.
//
// Sizes, key order and number forms follow docs/protocol.md; tickers follow Zipf's law, the busiest first.

/** A small generator with a seed, so that two runs see the same bytes. From 0 up to but not 1. */
export const randomOf = (seed) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** So many tickers of one to four letters, none twice. */
export const tickersOf = (count) =>
  Array.from({ length: count }, (_, i) => {
    let text = ''
    for (let rest = i + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
      text = String.fromCharCode(65 + ((rest - 1) % 26)) + text
    }
    return text
  })

/** Draws tickers by Zipf's law. */
const zipf = (tickers, random) => {
  const sums = new Float64Array(tickers.length)
  let sum = 0
  for (let i = 0; i < tickers.length; i += 1) sums[i] = sum += 1 / (i + 1)
  return () => {
    const at = random() * sum
    let low = 0
    let high = tickers.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (sums[middle] < at) low = middle + 1
      else high = middle
    }
    return tickers[low]
  }
}

const firstMs = 1_700_000_000_000
const priceOf = (random) => (1000 + Math.floor(random() * 40_000)) / 100

const elementOf = {
  T: (sym, i, random) =>
    `{"ev":"T","sym":"${sym}","x":${1 + Math.floor(random() * 19)},"i":"${100_000 + i}","z":${1 + (i % 3)},"p":${priceOf(random)},"s":${1 + Math.floor(random() * 400)},"c":[${i % 4 === 0 ? '37' : '14,41'}],"t":${firstMs + i},"q":${5_000_000 + i}}`,
  AM: (sym, i, random) => {
    const open = priceOf(random)
    const [low, high] = [(open - 0.5).toFixed(2), (open + 0.5).toFixed(2)]
    const start = firstMs - (firstMs % 60_000) + 60_000 * Math.floor(i / 10_000)
    return `{"ev":"AM","sym":"${sym}","v":${100 + i},"av":${1_000_000 + i},"op":${open},"vw":${open},"o":${open},"c":${open},"h":${high},"l":${low},"a":${open},"z":${50 + (i % 100)},"s":${start},"e":${start + 60_000}}`
  },
  FMV: (sym, i, random) => `{"ev":"FMV","fmv":${priceOf(random)},"sym":"${sym}","t":${firstMs + i}}`,
}

/** One element's text. */
export const elementText = (type, symbol, i, random) => elementOf[type](symbol, i, random)

/** How much of each a day's stream has, by events: about 94 % trades. */
const mixTypes = (random) => {
  const at = random()
  return at < 0.94 ? 'T' : at < 0.98 ? 'FMV' : 'AM'
}

/** A socket is read in chunks, and frames are parts of them; larger ones have a block of their own. */
const chunkBytes = 65_536

/** Texts as the frames a socket brings: one behind the other in chunks, each behind the four bytes of its header. */
export const inChunks = (texts) => {
  const frames = []
  let chunk = Buffer.allocUnsafeSlow(chunkBytes)
  let at = 0
  for (const text of texts) {
    const length = Buffer.byteLength(text)
    if (length + 4 > chunkBytes) {
      const own = Buffer.allocUnsafeSlow(length)
      own.write(text)
      frames.push(own)
      continue
    }
    if (at + 4 + length > chunkBytes) {
      chunk = Buffer.allocUnsafeSlow(chunkBytes)
      at = 0
    }
    at += 4
    chunk.write(text, at)
    frames.push(chunk.subarray(at, at + length))
    at += length
  }
  return frames
}

/** `count` frames of `size` events of one type, or of `mix`: there too a frame holds one type, as in the recorded day. */
export const framesOf = (type, { size, count, tickers = 10_000, seed = 7 }) => {
  const random = randomOf(seed)
  const names = typeof tickers === 'number' ? tickersOf(tickers) : tickers
  const draw = zipf(names, random)
  let events = 0
  return inChunks(
    Array.from({ length: count }, () => {
      const one = type === 'mix' ? mixTypes(random) : type
      const elements = Array.from({ length: size }, () => elementText(one, draw(), (events += 1), random))
      return `[${elements.join(',')}]`
    }),
  )
}
