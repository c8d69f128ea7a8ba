import type { Subscriptions } from './subscriptions.ts'

/** Elements to be offered to everyone at once: a quantum of the market, or one recorded frame. */
export interface Sheet {
  readonly length: number
  ev(index: number): string
  symbol(index: number): string
  /** The element's own text. Asked only where somebody wants it, and once per cohort that does: implementations remember. */
  wire(index: number): string
  /** The frame these elements came in, where they came in one: sent as it is to whoever wants all of them. */
  readonly frame: string | undefined
}

/** One frame, ready to be sent to any number of connections. */
export interface SheetFrame {
  readonly bytes: Buffer
  /** Elements per event type. */
  readonly counts: ReadonlyMap<string, number>
}

export interface Cohorts<Member> {
  /** Seats a member by what it holds now; call again after every change. */
  place(member: Member, held: Subscriptions): void
  leave(member: Member): void
  /** Whether anybody holds anything of `channel`. */
  wants(channel: string): boolean
  /** Members with at least one pair. */
  readonly size: number
  /** Cuts the sheet for each cohort; `send` is called per frame with the members of the cohort, frames in order. */
  publish(sheet: Sheet, send: (frame: SheetFrame, members: ReadonlySet<Member>) => void): void
}

/** Members that hold the same pairs. */
interface Cohort<Member> {
  readonly key: string
  readonly members: Set<Member>
  /** Where this cohort stands in the index, to be taken out when it empties; `*` is the list of everyone. */
  readonly seats: readonly (readonly [channel: string, ticker: string])[]
  /** Indexes of the running sheet that it wants. */
  picked: number[]
}

/** Ticker, or `*`, to the cohorts that hold it. */
type ChannelIndex<Member> = Map<string, Cohort<Member>[]>

/** The elements at `picked` as one frame: the original text where nothing is left out. */
export const frameOfSheet = (sheet: Sheet, picked: readonly number[]): SheetFrame => {
  const counts = new Map<string, number>()
  for (const index of picked) counts.set(sheet.ev(index), (counts.get(sheet.ev(index)) ?? 0) + 1)

  if (sheet.frame !== undefined && picked.length === sheet.length) return { bytes: Buffer.from(sheet.frame), counts }

  let text = '['
  for (const index of picked) text += text === '[' ? sheet.wire(index) : `,${sheet.wire(index)}`

  return { bytes: Buffer.from(`${text}]`), counts }
}

/**
 * Groups members by what they hold, so that equal wishes share one encoded frame, and finds the groups that want an event through an index by channel and
 * ticker, so that an event costs only those who want it.
 *
 * A frame holds at most `eventsPerFrameMax` elements; a recorded frame (`sheet.frame`) is never split.
 */
export const cohorts = <Member>(eventsPerFrameMax: number): Cohorts<Member> => {
  const byKey = new Map<string, Cohort<Member>>()
  const byMember = new Map<Member, Cohort<Member>>()
  const index = new Map<string, ChannelIndex<Member>>()
  const nobody: readonly Cohort<Member>[] = []

  const found = (key: string, held: Subscriptions): Cohort<Member> => {
    // A wildcard already covers each ticker: in the index once, so that an event is picked once.
    const seats = [...held.held].flatMap(([channel, tickers]) =>
      Array.from(tickers.has('*') ? ['*'] : tickers, (ticker) => [channel, ticker] as const),
    )
    const cohort: Cohort<Member> = { key, members: new Set(), seats, picked: [] }

    for (const [channel, ticker] of seats) {
      const tickers = index.get(channel) ?? new Map<string, Cohort<Member>[]>()
      index.set(channel, tickers)
      const list = tickers.get(ticker)
      if (list === undefined) tickers.set(ticker, [cohort])
      else list.push(cohort)
    }

    byKey.set(key, cohort)
    return cohort
  }

  const leave = (member: Member): void => {
    const cohort = byMember.get(member)
    if (cohort === undefined) return

    byMember.delete(member)
    cohort.members.delete(member)
    if (cohort.members.size > 0) return

    byKey.delete(cohort.key)
    for (const [channel, ticker] of cohort.seats) {
      const tickers = index.get(channel)
      const others = tickers?.get(ticker)?.filter((other) => other !== cohort) ?? []
      if (others.length > 0) tickers?.set(ticker, others)
      else tickers?.delete(ticker)
      if (tickers?.size === 0) index.delete(channel)
    }
  }

  const pick = (sheet: Sheet): ReadonlySet<Cohort<Member>> => {
    const touched = new Set<Cohort<Member>>()
    const take = (cohort: Cohort<Member>, at: number): void => {
      if (cohort.picked.length === 0) touched.add(cohort)
      cohort.picked.push(at)
    }

    for (let at = 0; at < sheet.length; at++) {
      const tickers = index.get(sheet.ev(at))
      if (tickers === undefined) continue
      for (const cohort of tickers.get('*') ?? nobody) take(cohort, at)
      for (const cohort of tickers.get(sheet.symbol(at)) ?? nobody) take(cohort, at)
    }

    return touched
  }

  return {
    place: (member, held) => {
      leave(member)
      if (held.size === 0) return
      const key = held.pairs().join()
      const cohort = byKey.get(key) ?? found(key, held)
      cohort.members.add(member)
      byMember.set(member, cohort)
    },
    leave,
    wants: (channel) => index.has(channel),
    get size() {
      return byMember.size
    },
    publish: (sheet, send) => {
      for (const cohort of pick(sheet)) {
        const { picked } = cohort
        cohort.picked = []
        const perFrame = sheet.frame === undefined ? eventsPerFrameMax : picked.length
        for (let from = 0; from < picked.length; from += perFrame)
          send(frameOfSheet(sheet, picked.slice(from, from + perFrame)), cohort.members)
      }
    },
  }
}
