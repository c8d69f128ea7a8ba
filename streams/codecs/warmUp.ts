import type { Batch } from './batch.ts'
import type { Decoded } from './decodeFrame.ts'
import type { AnyCodec } from './defineCodec.ts'
import type { Field, Kind } from './field.ts'

const digits = (count: number): string => '1234567890123456789012345'.slice(0, count)

/**
 * The i-th value of a kind as JSON: of every length, since each digit of each key has compiled code of its own, and now and then in
 * an odd form.
 */
const valueOf = ({ kind }: Kind, i: number): string => {
  const isOdd = i % 21 === 20
  switch (kind) {
    case 'ticker':
      return isOdd ? '"\\u0041"' : `"${'ABCDEFGHIJ'.slice(0, 1 + (i % 6))}${i % 9 === 8 ? '.B' : ''}"`
    case 'text':
      return isOdd ? '"\\n"' : `"${digits(i % 22)}"`
    case 'number': {
      const fraction = i % 7 === 0 ? '' : `.${digits(i % 7)}`
      return isOdd ? '1.5e2' : `${digits(1 + (i % 10))}${fraction}`
    }
    case 'integer':
      return isOdd ? '12.0' : digits(1 + (i % 11))
    case 'decimalText':
      return `"${digits(1 + (i % 7))}${i % 2 === 0 ? '.50' : ''}"`
    case 'integerList':
      return ['[12,37]', '[37]', '[]', '[ 12 , 37 ]'][i % 4] as string
    case 'flag':
      return i % 2 === 0 ? 'false' : 'true'
    case 'timeMs':
    case 'instantNs':
    case 'instantMs':
      return `1721683216349${['', '000123', '', '000'][i % 4] as string}`
  }
}

/** The i-th element of a codec: in the table's order and in others, with more and less in it. */
const elementOf = ({ ev, fields }: AnyCodec, i: number, ticker?: string): string => {
  const members = new Map<string, string>([['ev', JSON.stringify(ev)]])
  let timeMs = 1_721_683_216_349 + i * 7
  Object.values(fields).forEach(({ wire, kind, absent }: Field, place) => {
    if (wire === null || members.has(wire)) return
    const mayBeAbsent = absent !== 'refuse'
    // Few combinations: each costs a function, and there is room for those that come.
    if (mayBeAbsent && (i % 8 === 5 || (i % 8 === 7 && place % 2 === 0))) return
    // What begins must end later, and of two numbers neither may be above the other: no check should mind.
    timeMs += 1_000
    const value =
      kind.kind === 'timeMs'
        ? String(timeMs)
        : kind.kind === 'ticker' && ticker !== undefined
          ? ticker
          : valueOf(kind, i)
    members.set(wire, mayBeAbsent && i % 16 === 9 ? 'null' : value)
  })
  if (i % 32 === 3) members.set('unknownA', '"x"').set('unknownB', '-1.5')
  const list = [...members]
  if (i % 4 === 3) list.reverse()
  const gap = i % 16 === 8 ? ' ' : ''
  return `{${gap}${list.map(([key, value]) => `${JSON.stringify(key)}${gap}:${gap}${value}`).join(`${gap},${gap}`)}${gap}}`
}

/** A check of a host's codec that throws at made-up events says so at real ones, where somebody listens. */
const batchesOf = (decode: (frame: Uint8Array) => Decoded, frame: Buffer): readonly Batch[] => {
  try {
    return decode(frame).batches
  } catch {
    return []
  }
}

const variety = 210
const rounds = 20

/**
 * The same as `warmUp` in small steps, for whoever has something else to do meanwhile: each `next` takes about as long as a frame
 * of some hundred events.
 */
export function* warmUpSteps(
  decode: (frame: Uint8Array) => Decoded,
  codecs: readonly AnyCodec[],
): Generator<undefined, void> {
  const frames = codecs.flatMap((codec) => {
    const elements = Array.from({ length: variety }, (_, i) => elementOf(codec, i))
    return [`[${elements.join(',')}]`, ...elements.map((element) => `[${element}]`)].map((text) => Buffer.from(text))
  })
  const names = [...new Set(codecs.flatMap(({ fields }) => Object.keys(fields)))]
  for (let round = 0; round < rounds; round += 1) {
    // In each round a ticker that was not there before, or finding known ones would be all that is compiled.
    const fresh = codecs.map((codec) => Buffer.from(`[${elementOf(codec, round, `"W${round}"`)}]`))
    for (const frame of [...frames, ...fresh]) {
      for (const batch of batchesOf(decode, frame)) {
        if (round % 4 === 0) batch.detach()
        for (let i = 0; i < batch.length; i += 1) {
          batch.symbol(i)
          batch.atMs(i)
          batch.number(i, names[(i + round) % names.length] as string)
          if (round % 2 === 0) batch.at(i)
        }
      }
      yield
    }
  }
}

/**
 * Gives a decoder made-up events of its codecs and looks at what it makes of them, until all of that is compiled: otherwise the
 * first thousands of real ones, which come at the opening bell, would take ten times as long and more. It has to be the very
 * decoder that is used then. Takes some hundred milliseconds; leaves nothing behind but a few dozen made-up tickers among the
 * known ones. Row checks are asked about the made-up events, too.
 */
export const warmUp = (decode: (frame: Uint8Array) => Decoded, codecs: readonly AnyCodec[]): void => {
  const steps = warmUpSteps(decode, codecs)
  while (steps.next().done !== true);
}
