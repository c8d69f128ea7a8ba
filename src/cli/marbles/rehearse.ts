import { asyncScheduler, mergeMap } from 'rxjs'

import { engineMarbles } from '../../../marbles/index.ts'
import { fairMarketValue, perMinute, perSecond } from '../../../streams/frequencies/index.ts'
import type { AnyFrequency } from '../../engine/options.ts'
import { drawn, letterAt } from './drawn.ts'
import type { Happened, Incident, Place } from './incident.ts'

/** One call of `m.feed.text`. */
export interface FeedRow {
  readonly diagram: string
  readonly values: Readonly<Record<string, string>>
  /** Only to the link that carries it, where there are several. */
  readonly eventType?: string
}

/** One call of `m.faults`. */
export interface FaultRow {
  readonly diagram: string
  readonly where?: { readonly url: string }
  readonly causes: readonly string[]
}

export interface Script {
  readonly startMs: number
  readonly feeds: readonly FeedRow[]
  readonly faults: readonly FaultRow[]
}

/** What came out, each with its moment. */
export interface Seen {
  readonly events: ReadonlyMap<string, readonly { readonly frame: number; readonly event: object }[]>
  readonly gaps: ReadonlyMap<string, readonly { readonly frame: number; readonly letter: string }[]>
  readonly rejects: readonly { readonly frame: number; readonly kind: string }[]
}

/** Frames in one row: as many as there are letters of the alphabet. */
const rowFrames = 26

/** The link is there again at once: what was recorded next comes some milliseconds later. */
export const linkOptions = { retry: { initialMs: 1, capMs: 1 }, settleMs: 0 } as const

export const urlOf = (home: number): string => `ws://vendor/${String(home)}`

const homesOf = ({ places }: Incident): readonly number[] => [...new Set(places.map(({ home }) => home))]

/** What the page feeds when each thing that happened has this moment. */
export const scriptOf = (incident: Incident, frames: readonly number[]): Script => {
  const { happened, places } = incident
  const homes = homesOf(incident)
  const isOne = homes.length === 1
  const all = happened.map((one, i) => ({ ...one, frame: frames[i] ?? 0 }))

  const feeds = homes.flatMap((home): readonly FeedRow[] => {
    const own = all.filter((one) => one.home === home && one.loss === undefined)
    const eventType = places.find((place) => place.home === home)?.eventTypes[0]
    return rowsOf(own).map((row) => {
      const values: Record<string, string> = {}
      const marks = row.map(({ frame, frames: texts }) => ({
        frame,
        letters: texts.map((text) => {
          const letter = letterAt(Object.keys(values).length)
          values[letter] = text
          return letter
        }),
      }))
      return { diagram: drawn(marks), values, ...(isOne || eventType === undefined ? {} : { eventType }) }
    })
  })
  const faults = homes.flatMap((home): readonly FaultRow[] => {
    const own = all.filter((one) => one.home === home && one.loss !== undefined)
    if (own.length === 0) return []
    const diagram = drawn(own.map(({ frame }) => ({ frame, letters: ['l'] })))
    const causes = own.map(({ loss = '' }) => loss)
    return [{ diagram, causes, ...(isOne ? {} : { where: { url: `/${String(home)}` } }) }]
  })

  // Moment 0 is the handshake: what happened first has moment 1.
  return { startMs: (happened[0]?.atMs ?? 1) - 1, feeds, faults }
}

const rowsOf = <T extends Pick<Happened, 'frames'>>(happened: readonly T[]): readonly (readonly T[])[] => {
  const rows: T[][] = []
  let count = Infinity
  for (const one of happened) {
    if (count + one.frames.length > rowFrames) {
      rows.push([])
      count = 0
    }
    rows.at(-1)?.push(one)
    count += one.frames.length
  }
  return rows
}

const definitions = { per_second: perSecond, per_minute: perMinute, fair_market_value: fairMarketValue } as const

const frequencyOf = ({ frequency, eventTypes, home }: Place, isOne: boolean): AnyFrequency => {
  const define = definitions[frequency as keyof typeof definitions] as (options: object) => AnyFrequency
  return define({
    ...(frequency === 'per_second' ? { channels: eventTypes } : {}),
    ...(isOne ? {} : { url: urlOf(home) }),
  })
}

/** Plays the page, and writes down what an engine makes of it. Throws what the kit throws. */
export const rehearsed = (incident: Incident, { startMs, feeds, faults }: Script): Seen => {
  const events = new Map<string, { frame: number; event: object }[]>()
  const gaps = new Map<string, { frame: number; letter: string }[]>()
  const rejects: { frame: number; kind: string }[] = []
  const isOne = homesOf(incident).length === 1
  const now = (): number => Math.round(asyncScheduler.now() - startMs)

  engineMarbles((m) => {
    m.startsAt(startMs)
    const engine = m.engine({
      frequencies: incident.places.map((place) => frequencyOf(place, isOne)),
      link: linkOptions,
    })
    for (const { diagram, values, eventType } of feeds) m.feed.text(`${diagram}${room}`, values, eventType)
    for (const { diagram, where } of faults) m.faults(`${diagram}${room}`, where)

    for (const { name, event$, gap$ } of engine.frequencies) {
      m.expect(
        event$.pipe(
          mergeMap((event) => {
            pushed(events, name, { frame: now(), event })
            return []
          }),
        ),
      ).toBe('')
      m.expect(
        gap$.pipe(
          mergeMap(({ toMs }) => {
            pushed(gaps, name, { frame: now(), letter: toMs === undefined ? 'o' : 'c' })
            return []
          }),
        ),
      ).toBe('')
    }
    m.expect(
      engine.reject$.pipe(
        mergeMap(({ kind }) => {
          rejects.push({ frame: now(), kind })
          return []
        }),
      ),
    ).toBe('')
  })()

  return { events, gaps, rejects }
}

const pushed = <T>(lists: Map<string, T[]>, name: string, value: T): void => {
  const list = lists.get(name)
  if (list === undefined) lists.set(name, [value])
  else list.push(value)
}

/** Behind the last letter: a link that was lost comes back. */
export const room = '----------'
