import type { LedgerRow } from '../../streams/ledger.ts'
import type { EventLike, Gap, SecondBar } from '../../streams/model.ts'
import type { WireFrame } from '../index.ts'
import { numberOf } from './numbers.ts'
import { type EventType, frequencyNames, type Name, ownerOf, typesOf } from './scenario.ts'

/** One event on its way: as often as the vendor sends it. */
export interface Entry {
  readonly n: number
  readonly type: EventType
  readonly symbol: string
  readonly connection: number
  /** Counts what the vendor sent, over all connections. */
  readonly place: number
  /** Wanted by the host when it was sent, on a socket that the engine listened to: it must come, or lie in a gap. */
  isOwed: boolean
  isHanded: boolean
  isDecoded: boolean
  isHeard: boolean
  /** Whether its frequency moved between links or was changed while nobody could tell if it was decoded: it may come or not. */
  isOpen: boolean
}

/** What a host has told a frequency to take, and from where. */
export interface Wish {
  readonly isRunning: boolean
  readonly types: readonly EventType[]
  readonly tickers: '*' | readonly string[]
  readonly address: string
}

/** Everything one frequency should have seen, and has. */
interface Page {
  wish: Wish
  sourceCount: number
  deadCount: number
  swallowedCount: number
  readonly tracks: Readonly<Record<string, Track>>
  readonly gaps: Map<string, Gap>
  /** How long the lanes were when a gap closed. */
  readonly reaches: Map<string, Partial<Record<EventType, number>>>
  /**
   * Those that were open while other tickers were wanted: what they name comes by other channels. With how much had been sent when they
   * closed, or Infinity: what a link that was left still carried stands in no order with what the next one brings.
   */
  readonly split: Map<string, number>
  readonly starts: Map<string, number>
}

/** One event type of a frequency: what went in, and what came out of it. */
interface Track {
  /** Before the operators, in order. */
  readonly source: Entry[]
  /** The numbers that came out of the operators: the index is the offset in the lane. */
  readonly outputs: number[]
  /** The same as entries, as far as they have been found in the source, and how far that was. */
  readonly lane: Entry[]
  cursor: number
}

/**
 * What the vendor has sent and what the engine has made of it, entry by entry.
 *
 * The rule: a frame that was handed over and decoded gives exactly the events that its frequency wanted then, in the wire's order,
 * each as often as it was sent. What was sent and not handed over lies in a gap, between the right two events of its lane.
 */
export interface Books {
  readonly sent: (frame: WireFrame) => void
  readonly handed: (frame: WireFrame) => void
  readonly source: (name: Name, event: EventLike) => void
  /** Returns the event's number. */
  readonly output: (name: Name, event: EventLike) => number
  readonly dead: (name: Name, events: readonly unknown[]) => void
  readonly swallowed: (name: Name, events: readonly EventLike[]) => void
  readonly gap: (name: Name, gap: Gap) => void
  /** Before the host changes something: what was decoded so far was judged by the wish that held until now. */
  readonly judge: (rows: readonly LedgerRow[]) => void
  readonly wish: (name: Name, wish: Partial<Wish>) => void
  readonly wishOf: (name: Name) => Wish
  /** What the vendor does now, nobody asked for. */
  readonly unasked: (work: () => void) => void
  readonly numberAt: (name: Name, type: EventType, offset: number) => number | undefined
  readonly offsetOf: (name: Name, type: string) => number
  /** Nothing is on its way any more: what has not come must lie in a gap. */
  readonly close: () => void
  readonly counts: { sent: number; heard: number; inGaps: number; unwanted: number; dead: number; gaps: number }
}

export const createBooks = (fail: (what: string) => void, mayMove: boolean): Books => {
  const pages = Object.fromEntries(
    frequencyNames.map((name): readonly [Name, Page] => [
      name,
      {
        wish: { isRunning: false, types: typesOf[name], tickers: '*', address: '' },
        sourceCount: 0,
        deadCount: 0,
        swallowedCount: 0,
        tracks: Object.fromEntries(
          typesOf[name].map((type): readonly [string, Track] => [
            type,
            { source: [], outputs: [], lane: [], cursor: 0 },
          ]),
        ),
        gaps: new Map(),
        reaches: new Map(),
        split: new Map(),
        starts: new Map(),
      },
    ]),
  ) as Readonly<Record<Name, Page>>
  const all: Entry[] = []
  const entriesOf = new Map<WireFrame, readonly Entry[]>()
  const byNumber = new Map<string, Entry[]>()
  /** Frames the engine was handed and has not decoded yet, by link. */
  const inboxes = new Map<string, { frames: WireFrame[]; isUnclear: boolean }>()
  let handedCount = 0
  const counts = { sent: 0, heard: 0, inGaps: 0, unwanted: 0, dead: 0, gaps: 0 }
  let isUnasked = false

  const inboxOf = (url: string) => {
    const known = inboxes.get(url)
    if (known !== undefined) return known
    const fresh = { frames: [], isUnclear: false }
    inboxes.set(url, fresh)
    return fresh
  }

  const isWanted = ({ type, symbol }: Entry): boolean => {
    const { isRunning, types, tickers } = pages[ownerOf[type]].wish
    return isRunning && types.includes(type) && (tickers === '*' || tickers.includes(symbol))
  }

  const named = ({ type, n }: Pick<Entry, 'type' | 'n'>): string => `${type} ${String(n)}`

  const judgeFrame = (frame: WireFrame): void => {
    for (const entry of entriesOf.get(frame) ?? []) {
      entry.isDecoded = true
      const wanted = isWanted(entry)
      if (wanted && !entry.isHeard && !entry.isOpen && !mayMove)
        fail(`${named(entry)} was handed to the engine, wanted and decoded, and never came out: it vanished`)
      if (!wanted && entry.isHeard && !entry.isOpen) fail(`${named(entry)} came out although nobody wanted it`)
      if (!wanted) counts.unwanted += 1
    }
    entriesOf.delete(frame)
  }

  /** Outputs are heard before the source that they came of, so they are matched afterwards. */
  const settled = (name: Name): void => {
    const { sourceCount, deadCount, swallowedCount, tracks } = pages[name]
    let outputCount = 0
    for (const [type, track] of Object.entries(tracks)) {
      const { source, outputs, lane } = track
      outputCount += outputs.length
      while (lane.length < outputs.length) {
        const n = outputs[lane.length]
        let entry = source[track.cursor]
        while (entry !== undefined && entry.n !== n) entry = source[(track.cursor += 1)]
        if (entry === undefined) {
          fail(`${name}: ${type} ${String(n)} came out of the operators twice, or after a later one`)
          return
        }
        track.cursor += 1
        lane.push(entry)
      }
    }
    if (sourceCount !== outputCount + deadCount + swallowedCount) {
      fail(
        `${name}: ${String(sourceCount)} events went in, but ${String(outputCount)} came out, ${String(deadCount)} are dead letters and ` +
          `${String(swallowedCount)} were kept by operators`,
      )
    }
  }

  /** Whether a lost event lies between the two events of its lane that stand around a gap. */
  const isInGap = (entry: Entry): boolean => {
    const { tracks, gaps, reaches, split } = pages[ownerOf[entry.type]]
    const { lane } = tracks[entry.type] as Track
    // The first one behind it; the lane is in the wire's order.
    let low = 0
    let high = lane.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((lane[middle] as Entry).place < entry.place) low = middle + 1
      else high = middle
    }
    for (const { id, channels, positions } of gaps.values()) {
      // Told at the place where it begins: what a channel that is answered last has missed lies behind that, until the gap closes.
      const isOfSeveral = split.has(id) || channels.filter((channel) => channel.startsWith(`${entry.type}.`)).length > 1
      const reach = isOfSeveral ? (reaches.get(id)?.[entry.type] ?? Infinity) : 0
      for (const { eventType, afterOffset } of positions) {
        if (eventType !== entry.type || afterOffset >= low) continue
        if (afterOffset === low - 1 || low <= reach || entry.place < (split.get(id) ?? 0)) return true
      }
    }
    return false
  }

  /** While a frequency moves, both of its links may carry the same event. */
  const hasComeElsewhere = (entry: Entry): boolean =>
    (byNumber.get(named(entry)) ?? []).some((twin) => twin.connection !== entry.connection && twin.isHeard)

  return {
    sent: (frame) => {
      if (frame.events.length === 0) return
      const entries = frame.events.map((event): Entry => {
        const entry: Entry = {
          n: numberOf(event),
          type: event.ev as EventType,
          symbol: event.symbol,
          connection: frame.connection,
          place: all.length,
          isOwed: false,
          isHanded: false,
          isDecoded: false,
          isHeard: false,
          isOpen: false,
        }
        const { address } = pages[ownerOf[entry.type]].wish
        entry.isOwed = !isUnasked && frame.isHeard && frame.url.endsWith(address) && isWanted(entry)
        all.push(entry)
        const key = named(entry)
        const same = byNumber.get(key)
        if (same === undefined) byNumber.set(key, [entry])
        else same.push(entry)
        return entry
      })
      counts.sent += entries.length
      entriesOf.set(frame, entries)
    },
    handed: (frame) => {
      const inbox = inboxOf(frame.url)
      handedCount += 1
      inbox.frames.push(frame)
      for (const entry of entriesOf.get(frame) ?? []) entry.isHanded = true
    },
    source: (name, event) => {
      const page = pages[name]
      const n = numberOf(event)
      const type = event.ev as EventType
      const { source } = page.tracks[type] as Track
      const last = source.at(-1)?.place ?? -1
      const sent = byNumber.get(named({ type, n })) ?? []
      const entry = sent.find(({ place, isHanded, isDecoded }) => place > last && isHanded && !isDecoded)
      if (entry === undefined) {
        const why =
          sent.length === 0
            ? 'was never sent'
            : sent.every(({ isHanded }) => !isHanded)
              ? 'was never handed over'
              : 'came twice, or after a later one'
        fail(`${name}: ${named({ type, n })} ${why}`)
        return
      }
      entry.isHeard = true
      counts.heard += 1
      page.sourceCount += 1
      source.push(entry)
      if (type === 'A' || type === 'AM') {
        const { startMs, revision, late } = event as SecondBar
        const key = `${type} ${event.symbol} ${String(startMs)}`
        const expected = page.starts.get(key) ?? 0
        page.starts.set(key, expected + 1)
        if (revision !== expected || late === true)
          fail(`${name}: ${named(entry)} is revision ${String(revision)}, not ${String(expected)}`)
      }
    },
    output: (name, event) => {
      const n = numberOf(event)
      pages[name].tracks[event.ev]?.outputs.push(n)
      return n
    },
    dead: (name, events) => {
      // Rubbish that came out has no number; what went in for it was kept.
      for (const event of events) {
        if (typeof event !== 'object' || event === null || !('ev' in event)) continue
        pages[name].deadCount += 1
        counts.dead += 1
      }
    },
    swallowed: (name, events) => {
      pages[name].swallowedCount += events.length
    },
    gap: (name, gap) => {
      const { gaps, reaches, split, tracks } = pages[name]
      const known = gaps.get(gap.id)
      if (gap.frequency !== name) fail(`${name} told of a gap of ${gap.frequency}`)
      if (gap.toMs === undefined && known !== undefined) fail(`${name}: the gap ${gap.id} opened twice`)
      if (gap.toMs !== undefined && known?.toMs !== undefined) fail(`${name}: the gap ${gap.id} closed twice`)
      if (gap.toMs !== undefined && known === undefined) fail(`${name}: the gap ${gap.id} closed without having opened`)
      if (gap.channels.length === 0) fail(`${name}: the gap ${gap.id} names no channel`)
      if (gap.toMs !== undefined && gap.toMs < gap.fromMs) fail(`${name}: the gap ${gap.id} ends before it begins`)
      if (known === undefined) counts.gaps += 1
      gaps.set(gap.id, gap)
      if (gap.toMs === undefined) return
      if (split.has(gap.id)) split.set(gap.id, all.length)
      const lengths = Object.entries(tracks).map(([type, { lane }]) => [type, lane.length])
      reaches.set(gap.id, Object.fromEntries(lengths) as Partial<Record<EventType, number>>)
    },
    judge: (rows) => {
      const links = rows.filter(({ kind }) => kind === 'link')
      const counted = links.reduce((sum, { figures: { frames = 0 } }) => sum + frames, 0)
      if (counted !== handedCount)
        fail(`the links count ${String(counted)} frames, ${String(handedCount)} were handed to them`)
      for (const [url, inbox] of inboxes) {
        const own = links.filter(({ name }) => isTo(name, url))
        const waiting = own.reduce((sum, { figures: { inInbox = 0 } }) => sum + inInbox, 0)
        // A link that is gone has nothing left; of several, nobody can tell which frames wait until none does.
        inbox.isUnclear = waiting > 0 && (inbox.isUnclear || own.length > 1)
        if (!inbox.isUnclear)
          for (const frame of inbox.frames.splice(0, inbox.frames.length - waiting)) judgeFrame(frame)
      }
      for (const name of frequencyNames) settled(name)
    },
    wish: (name, wish) => {
      const page = pages[name]
      page.wish = { ...page.wish, ...wish }
      if (wish.tickers !== undefined) {
        for (const { id, toMs } of page.gaps.values()) if (toMs === undefined) page.split.set(id, Infinity)
      }
      for (const { frames, isUnclear } of inboxes.values()) {
        if (!isUnclear) continue
        for (const frame of frames) {
          for (const entry of entriesOf.get(frame) ?? []) if (ownerOf[entry.type] === name) entry.isOpen = true
        }
      }
      // What is on its way and not wanted any more, nobody has to hear of.
      for (const entry of all) {
        if (!entry.isDecoded && ownerOf[entry.type] === name && !isWanted(entry)) entry.isOwed = false
      }
    },
    wishOf: (name) => pages[name].wish,
    unasked: (work) => {
      isUnasked = true
      work()
      isUnasked = false
    },
    numberAt: (name, type, offset) => pages[name].tracks[type]?.outputs[offset],
    offsetOf: (name, type) => pages[name].tracks[type]?.outputs.length ?? 0,
    close: () => {
      for (const entry of all) {
        if (entry.isHeard || !entry.isOwed || entry.isOpen || hasComeElsewhere(entry)) continue
        if (isInGap(entry)) counts.inGaps += 1
        else
          fail(
            `${named(entry)} was sent and ${entry.isHanded ? 'handed over, and did not come' : 'lost'}, and no gap lies where it is missing`,
          )
      }
      for (const name of frequencyNames) {
        for (const { id, toMs } of pages[name].gaps.values())
          if (toMs === undefined) fail(`${name}: the gap ${id} never closed`)
      }
    },
    counts,
  }
}

/** Links are named by their address, and by more where two have the same. */
const isTo = (link: string, url: string): boolean => {
  const address = url.slice(url.indexOf('//') + 2)
  return link === address || link.startsWith(`${address}#`)
}
