import { cursor, readNumber } from '../../streams/codecs/scan/json.ts'
import { createDecoder } from '../../streams/codecs/decodeFrame.ts'
import { defineCodec } from '../../streams/codecs/defineCodec.ts'
import { number, required, ticker, timeMs } from '../../streams/codecs/field.ts'
import { composedScannerOf } from '../../streams/codecs/scan/scanner.ts'
import { makerOf, randomOf } from './mutants.ts'

// Goal: a number read from bytes is the very double `Number` makes of its text. Method: literals of every length and form, among
// them the shortest texts of random doubles and texts right between two doubles, where a second rounding would show; read
// alone, and in frames by both back ends. DOUBLES asks for more of them.
const literalsWanted = Number(process.env.DOUBLES ?? 300_000)

const { is } = Object

const view = new DataView(new ArrayBuffer(8))

const digitsOf = (below: (end: number) => number, count: number): string => {
  let text = ''
  while (text.length < count) text += String(below(10))
  return text
}

/** The decimal text exactly between a double and the next above it. */
const midpointAbove = (value: number): string => {
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const exponent = Number((bits >> 52n) & 2047n) - 1075
  const twice = 2n * ((bits & ((1n << 52n) - 1n)) | (1n << 52n)) + 1n
  if (exponent - 1 >= 0) return `${twice << BigInt(exponent - 1)}`
  const shift = BigInt(1 - exponent)
  // Over a power of two, so as many decimals as the power.
  const scaled = (twice * 10n ** shift) >> shift
  const text = scaled.toString().padStart(Number(shift) + 1, '0')
  return `${text.slice(0, -Number(shift))}.${text.slice(-Number(shift))}`
}

const literalOf = (random: () => number): string => {
  const { below, pick } = makerOf(random)
  const anyDouble = (): number => {
    view.setUint32(0, below(2 ** 32))
    view.setUint32(4, below(2 ** 32))
    const value = Math.abs(view.getFloat64(0))
    return Number.isFinite(value) ? value : 1
  }
  const sign = random() < 0.1 ? '-' : ''
  const whole = (): string => (random() < 0.2 ? '0' : String(1 + below(9)) + digitsOf(below, below(pick([3, 9, 20]))))
  switch (below(8)) {
    case 0:
      return sign + whole()
    case 1:
    case 2:
      return `${sign}${whole()}.${digitsOf(below, 1 + below(pick([2, 6, 25])))}`
    case 3:
      return `${sign}${whole()}.${digitsOf(below, 1 + below(12))}${pick(['e', 'E'])}${pick(['', '+', '-'])}${below(pick([10, 30, 400]))}`
    case 4:
      return `${sign}${whole()}${pick(['e', 'E'])}${pick(['', '+', '-'])}${below(40)}`
    case 5:
      return JSON.stringify(anyDouble())
    case 6:
      return (random() * 10 ** below(8)).toFixed(below(12))
    default: {
      const middle = midpointAbove((1 + random()) * 2 ** (below(120) - 60))
      const isExact = random() < 0.5
      return isExact ? middle : middle.slice(0, 12 + below(middle.length))
    }
  }
}

const isJson = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

describe('a number in bytes', () => {
  it(`is what Number makes of its text, ${literalsWanted} times`, () => {
    const random = randomOf(7)
    const end = cursor()
    let read = 0
    for (let i = 0; i < literalsWanted; i += 1) {
      const literal = literalOf(random)
      const bytes = Buffer.from(`${literal}}`, 'latin1')
      const isRead = readNumber(bytes, 0, end)
      // A midpoint cut behind its point is no JSON.
      if (isRead !== isJson.test(literal) && !literal.endsWith('.')) throw new Error(`${literal} is read: ${isRead}`)
      if (!isRead) continue
      read += 1
      if (!is(end.value, Number(literal)) || end.at !== literal.length)
        throw new Error(`${literal} became ${end.value}`)
    }

    expect(read).toBeGreaterThan(0.95 * literalsWanted)
  })

  const any = defineCodec({
    ev: 'N',
    at: 'atMs',
    fields: {
      symbol: required('sym', ticker),
      over: required('a', number({ over: -Infinity })),
      atLeast: required('b', number({ atLeast: -Infinity })),
      atMs: required('t', timeMs),
    },
  })

  it.each([
    ['generated code', createDecoder([any])],
    ['composed functions', createDecoder([any], composedScannerOf)],
  ])('is the same in a frame read by %s', (_name, decode) => {
    const random = randomOf(11)
    let scanned = 0
    for (let i = 0; i < literalsWanted / 100; i += 1) {
      const literals = Array.from({ length: 20 }, () => literalOf(random)).filter(
        (text) => isJson.test(text) && Number.isFinite(Number(text)),
      )
      const elements = literals.map((text) => `{"ev":"N","sym":"A","a":${text},"b":${text},"t":1}`)
      const { batches, unscanned } = decode(Buffer.from(`[${elements.join()}]`))
      literals.forEach((text, k) => {
        const value = Number(text)
        const [over, atLeast] = [batches[0]!.number(k, 'over'), batches[0]!.number(k, 'atLeast')]
        if (!is(over, value) || !is(atLeast, value + 0)) throw new Error(`${text} became ${over} and ${atLeast}`)
      })
      if (unscanned === undefined) scanned += literals.length
    }

    // All forms of JSON numbers are the scanner's.
    expect(scanned).toBeGreaterThan(0.18 * literalsWanted)
  })
})
