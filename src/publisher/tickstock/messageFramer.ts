import type { Framer, Held, OutFrame } from '../frames.ts'
import { textFrame } from '../textFrame.ts'
import { isTwoSided, listsOf, type Place, type Places } from './places.ts'

/** How long the messages of a publisher have become, whoever made them. */
export interface MessageMeter {
  longest: number
  splits: number
  messages: number
}

export interface MessageFramerOptions {
  /** As messages call them, in the order in which they stand there. */
  readonly frequencies: readonly string[]
  readonly frameBytesMax: number
  readonly places: Places
  readonly meter: MessageMeter
  /** Unix milliseconds. */
  readonly now: () => number
}

type Piece = string | Uint8Array

/** A list's name takes this much at most, brackets, braces and commas included; by the bound a message is split a little early. */
const roomOf = (name: string): number => 2 * name.length + 32

/**
 * Makes messages of events, each event as the bytes of its transport object: one message, or several where it would get longer than
 * `frameBytesMax`. An event that alone is longer has a message of its own.
 */
export const createMessageFramer = (options: MessageFramerOptions): Framer => {
  const { frequencies, frameBytesMax, places, meter, now } = options
  const skeleton = frequencies.reduce(
    (so, frequency) => so + roomOf(frequency) + listsOf(frequency).reduce((sum, list) => sum + roomOf(list), 0),
    64,
  )

  const message = (events: readonly Held[], from: number, to: number): OutFrame => {
    const byKind = new Map<string, Uint8Array[]>()
    for (let i = from; i < to; i += 1) {
      const { kind = '', bytes } = events[i] as Held
      const list = byKind.get(kind)
      if (list === undefined) byKind.set(kind, [bytes])
      else list.push(bytes)
    }
    const pieces: Piece[] = [`{"event":"stock_data","time":${String(now() / 1000)},"frequencies":{`]
    frequencies.forEach((frequency, i) => {
      if (i > 0) pieces.push(',')
      pieces.push(`${JSON.stringify(frequency)}:{`)
      const own = Array.from(byKind.keys(), places.at).filter((place) => place.frequency === frequency)
      const lists = new Set([...listsOf(frequency), ...own.map(({ list }) => list)])
      Array.from(lists).forEach((list, k) => {
        if (k > 0) pieces.push(',')
        pieces.push(`${JSON.stringify(list)}:`)
        const at = (side?: Place['side']): readonly Uint8Array[] =>
          byKind.get(own.find((place) => place.list === list && place.side === side)?.kind ?? '') ?? []
        if (isTwoSided(list)) {
          pieces.push('{"up":', ...array(at('up')), ',"down":', ...array(at('down')), '}')
        } else pieces.push(...array(at()))
      })
      pieces.push('}')
    })
    pieces.push('}}')
    return frameOf(pieces, to - from, meter)
  }

  return {
    framesOf: (events, from = 0) => {
      const frames: OutFrame[] = []
      let first = from
      let size = skeleton
      let kinds = new Set<string>()
      for (let i = from; i < events.length; i += 1) {
        const { bytes, kind = '' } = events[i] as Held
        const more = bytes.length + 1 + (kinds.has(kind) ? 0 : roomOf(kind))
        if (i > first && size + more > frameBytesMax) {
          frames.push(message(events, first, i))
          meter.splits += 1
          first = i
          size = skeleton
          kinds = new Set()
        }
        kinds.add(kind)
        size += more
      }
      if (first < events.length) frames.push(message(events, first, events.length))
      return frames
    },
    get longest() {
      return meter.longest
    },
    get splits() {
      return meter.splits
    },
  }
}

const array = (members: readonly Uint8Array[]): readonly Piece[] => [
  '[',
  ...members.flatMap((bytes, i) => (i === 0 ? [bytes] : [',', bytes])),
  ']',
]

const frameOf = (pieces: readonly Piece[], events: number, meter: MessageMeter): OutFrame => {
  const size = pieces.reduce(
    (so, piece) => so + (typeof piece === 'string' ? Buffer.byteLength(piece) : piece.length),
    0,
  )
  const { whole, payload } = textFrame(size)
  let at = 0
  for (const piece of pieces) {
    if (typeof piece === 'string') at += payload.write(piece, at)
    else {
      payload.set(piece, at)
      at += piece.length
    }
  }
  meter.longest = Math.max(meter.longest, size)
  meter.messages += 1
  return { bytes: payload, wire: whole, events }
}
