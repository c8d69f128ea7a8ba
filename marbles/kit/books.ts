import { builtInCodecs } from '../../streams/codecs/builtIn.ts'
import { createDecoder } from '../../streams/codecs/decodeFrame.ts'
import type { Reject } from '../../streams/codecs/reject.ts'
import type { FrequencyHandle } from '../../src/engine/handle.ts'
import type { AnyFrequency } from '../../src/engine/options.ts'
import type { Health } from '../../src/ops/health.ts'
import type { DeadLetter, EventLike, Gap } from '../../streams/model.ts'
import type { Tickers } from '../../streams/tickers.ts'
import type { ScriptedVendor } from './scriptedVendor.ts'
import type { WireFrame, WireWatch } from './vendor/connection.ts'

/** One event that the vendor had for a frequency, as often as it sent it. */
export interface Entry {
  readonly event: EventLike
  readonly key: string
  readonly frame: number
  /** The connection it was sent to; undefined when there was none. */
  readonly connection: number | undefined
  /** Subscribed by the host when it was sent: it has to come. */
  isOwed: boolean
  isHanded: boolean
  isIn: boolean
  /** The gap that says that it may be missing. */
  gap: string | undefined
}

export interface SlowReader {
  readonly reader: string
  readonly eventType: string
  readonly lost: number
}

/** What one frequency was sent, and what it has made of it. */
export interface Account {
  readonly name: string
  readonly slowReaders: SlowReader[]
  readonly entries: Entry[]
  /** Events that came in after a later one, or that nobody sent. */
  readonly outOfOrder: { readonly event: EventLike; readonly frame: number }[]
  readonly deadLetters: { readonly letter: DeadLetter; readonly frame: number }[]
  readonly rejects: { readonly reject: Reject; readonly frame: number }[]
  /** Outputs that are the same objects as what came in, by their place there, in the order in which they left. */
  readonly passed: { readonly event: EventLike; readonly frame: number }[]
  readonly places: Map<EventLike, number>
  readonly gaps: Map<string, Gap>
  /** By event type: behind the entry of the newest event that came in. */
  readonly reached: Map<string, number>
}

/** What a host has told a frequency to take. */
export interface Wish {
  readonly isRunning: boolean
  readonly tickers: Tickers
  readonly types: readonly string[]
}

export interface Books {
  readonly watch: WireWatch
  /** What the vendor has to send now, whether or not anybody is connected. */
  offer(events: readonly (EventLike | string)[], send: () => void): void
  open(frequencies: readonly AnyFrequency[], isOurs: boolean): void
  /** The frequencies are others from now on. */
  plan(frequencies: readonly AnyFrequency[]): void
  /** What the host tells a frequency to take from now on. */
  wish(frequency: string, wish: Partial<Wish>): void
  /** Keeps an account of a frequency from now on. */
  follow(handle: FrequencyHandle): Account
  /** A reader has been closed that was too slow for some events. */
  slow(frequency: string, reader: SlowReader): void
  /** The drawing is over: how the engine and the vendor's connections stand. */
  close(health: Health, connections: ReturnType<ScriptedVendor['connections']>): void
  readonly health: () => Health
  /** Whether a frequency of the page, of any time of it, takes an event type. */
  readonly takes: (eventType: string) => boolean
  /** Sent, and the drawing is over before it arrives. */
  readonly isOnItsWay: (entry: Entry) => boolean
  /** Sent into a connection that is half open, which nobody has noticed yet. */
  readonly isUnnoticed: (entry: Entry) => boolean
}

/** What a revision is, the engine numbers; the vendor does not send it. */
const keyOf = (event: EventLike): string => JSON.stringify({ ...event, revision: undefined, late: undefined })

/**
 * What the vendor has sent and what each frequency has made of it.
 *
 * The rule: an event that is sent while its channel is subscribed comes in, each as often as it was sent, in the order of the wire, or
 * a gap says that it may be missing.
 */
export const createBooks = (frame: () => number): Books => {
  const accounts = new Map<string, Account>()
  const wishes = new Map<string, Wish>()
  /** Which frequency an event type belongs to. */
  const owners = new Map<string, string>()
  const shared = new Set<string>()
  /** Channels that the vendor has acknowledged and that nobody has given back. */
  const promised = new Set<string>()
  const sent = new Map<WireFrame, readonly Entry[]>()
  const codecs = new Map(builtInCodecs.map((codec) => [codec.ev, codec]))
  let decode = createDecoder([...codecs.values()])
  const open = new Set<number>()
  const halfOpen = new Set<number>()
  let engines = 0
  let isScripted = true
  let sentNow: Set<unknown> | undefined
  let last: Health | undefined

  const isWished = ({ ev, symbol }: EventLike): boolean => {
    const wish = wishes.get(owners.get(ev) ?? '')
    return (
      wish?.isRunning === true && wish.types.includes(ev) && (wish.tickers === '*' || wish.tickers.includes(symbol))
    )
  }

  const isPromised = (event: EventLike): boolean =>
    isWished(event) && (promised.has(`${event.ev}.*`) || promised.has(`${event.ev}.${event.symbol}`))

  const take = (frequencies: readonly AnyFrequency[]): void => {
    for (const codec of frequencies.flatMap(({ known }) => known)) codecs.set(codec.ev, codec)
    decode = createDecoder([...codecs.values()])
    for (const { name, known, eventTypes, options } of frequencies) {
      wishes.set(name, { isRunning: true, tickers: options.tickers ?? '*', types: eventTypes })
      for (const { ev } of known) {
        if (owners.has(ev)) shared.add(ev)
        owners.set(ev, name)
      }
    }
  }

  const enter = (event: EventLike, connection: number | undefined, isHeard: boolean): Entry | undefined => {
    const account = accounts.get(owners.get(event.ev) ?? '')
    if (account === undefined) return undefined
    const isOwed = isHeard && isPromised(event)
    const hole = [...account.gaps.values()].find(({ toMs }) => toMs === undefined)
    const gap = connection === undefined ? hole?.id : undefined
    const entry = { event, key: keyOf(event), frame: frame(), connection, isOwed, isHanded: false, isIn: false, gap }
    account.entries.push(entry)
    return entry
  }

  const cameIn = (account: Account, event: EventLike): void => {
    const key = keyOf(event)
    const { entries, places } = account
    const isIt = (entry: Entry): boolean =>
      entry.key === key && entry.event.ev === event.ev && entry.isHanded && !entry.isIn
    // Of one type the wire's order holds; between two types there is none.
    let place = account.reached.get(event.ev) ?? 0
    while (place < entries.length && !isIt(entries[place] as Entry)) place += 1
    const found = entries[place] ?? entries.find(isIt)
    if (place < entries.length) account.reached.set(event.ev, place + 1)
    else account.outOfOrder.push({ event, frame: frame() })
    if (found !== undefined) found.isIn = true
    places.set(event, places.size)
  }

  const books: Books = {
    watch: {
      sent: (wire) => {
        for (const pair of wire.acknowledged) promised.add(pair)
        if (accounts.size === 0) return
        for (const event of wire.events) sentNow?.add(event)
        const events = decode(Buffer.from(wire.text)).batches.flatMap((batch) => [...batch] as EventLike[])
        sent.set(
          wire,
          events.flatMap((event) => enter(event, wire.connection, wire.isHeard) ?? []),
        )
      },
      handed: (wire) => {
        for (const entry of sent.get(wire) ?? []) entry.isHanded = true
      },
    },
    offer: (events, send) => {
      sentNow = new Set()
      send()
      for (const event of events) {
        if (typeof event !== 'string' && !sentNow.has(event)) enter(event, undefined, true)
      }
      sentNow = undefined
    },
    open: (frequencies, isOurs) => {
      engines += 1
      isScripted &&= isOurs
      take(frequencies)
    },
    plan: (frequencies) => {
      for (const name of wishes.keys()) {
        if (frequencies.every((one) => one.name !== name)) books.wish(name, { isRunning: false })
      }
      const known = frequencies.filter(({ name }) => wishes.has(name))
      take(frequencies.filter(({ name }) => !wishes.has(name)))
      for (const { name, eventTypes, options } of known) {
        books.wish(name, { isRunning: true, tickers: options.tickers ?? '*', types: eventTypes })
      }
    },
    wish: (frequency, wish) => {
      const before = wishes.get(frequency)
      if (before === undefined) return
      const now = { ...before, ...wish }
      wishes.set(frequency, now)
      // Given back: it is promised again when it is acknowledged again.
      for (const pair of promised) {
        const ev = pair.slice(0, pair.indexOf('.'))
        const symbol = pair.slice(ev.length + 1)
        const isKept = symbol === '*' ? now.isRunning && now.tickers === '*' : isWished({ ev, symbol })
        if (owners.get(ev) === frequency && !(isKept && now.types.includes(ev))) promised.delete(pair)
      }
      // What is on its way and not wanted any more, nobody has to hear of.
      for (const entry of accounts.get(frequency)?.entries ?? []) {
        if (!entry.isIn && entry.gap === undefined && !isPromised(entry.event)) entry.isOwed = false
      }
    },
    follow: (handle) => {
      const known = accounts.get(handle.name)
      if (known !== undefined) return known
      if (engines > 1) throw new RangeError('with two engines in one page nobody can tell which one an event was for')
      if (!isScripted) throw new RangeError('only of the scripted vendor it is known what was sent')
      const both = [...shared].find((ev) => owners.get(ev) === handle.name)
      if (both !== undefined)
        throw new RangeError(`two frequencies take ${both}: nobody can tell for which one it was sent`)
      const account: Account = {
        name: handle.name,
        slowReaders: [],
        entries: [],
        outOfOrder: [],
        deadLetters: [],
        rejects: [],
        passed: [],
        places: new Map(),
        gaps: new Map(),
        reached: new Map(),
      }
      accounts.set(handle.name, account)
      handle.source$.subscribe((event) => {
        cameIn(account, event)
      })
      handle.event$.subscribe((event) => {
        account.passed.push({ event, frame: frame() })
      })
      handle.deadLetter$.subscribe((letter) => {
        account.deadLetters.push({ letter, frame: frame() })
      })
      handle.reject$.subscribe((reject) => {
        account.rejects.push({ reject, frame: frame() })
      })
      handle.gap$.subscribe((gap) => {
        account.gaps.set(gap.id, gap)
        if (gap.toMs !== undefined) return
        // The mark of a loss comes behind everything that still came: what is not in now, is lost.
        for (const entry of account.entries) if (entry.isOwed && !entry.isIn) entry.gap ??= gap.id
      })
      return account
    },
    slow: (frequency, reader) => {
      accounts.get(frequency)?.slowReaders.push(reader)
    },
    close: (health, connections) => {
      last = health
      for (const { id, isHalfOpen } of connections) (isHalfOpen ? halfOpen : open).add(id)
    },
    health: () => {
      if (last === undefined) throw new Error('the drawing is not over')
      return last
    },
    takes: (eventType) => !isScripted || owners.has(eventType),
    isOnItsWay: ({ connection = 0, isHanded }) => !isHanded && open.has(connection),
    isUnnoticed: ({ connection = 0, isHanded }) => !isHanded && halfOpen.has(connection),
  }
  return books
}
