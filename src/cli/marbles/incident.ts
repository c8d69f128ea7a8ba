import { readMeter } from '../../frames/readLines.ts'
import { recordingHeadOf } from '../../frames/recordingHead.ts'
import { createCutter } from '../../providers/replay/cutter.ts'
import { fileItems } from '../../providers/replay/fileItems.ts'
import type { ReplayItem } from '../../providers/replay/item.ts'
import { createRoutes } from '../../providers/replay/routes.ts'

/** A frequency as a page may have it, with the link that it is recorded on. */
export interface Place {
  readonly frequency: string
  readonly eventTypes: readonly string[]
  readonly home: number
}

/** What one link did at one millisecond of the recording: some frames, or a loss. */
export interface Happened {
  readonly atMs: number
  readonly home: number
  readonly frames: readonly string[]
  /** Why the session was lost, where it was. */
  readonly loss?: string
}

/** A part of a recording, small enough to be drawn. */
export interface Incident {
  readonly places: readonly Place[]
  readonly happened: readonly Happened[]
  readonly frames: number
  readonly losses: number
  /** Frames that are no text: a page cannot hold them. */
  readonly leftOut: number
}

export interface IncidentOptions {
  readonly file: string
  readonly fromMs?: number
  readonly toMs?: number
  readonly symbols?: readonly string[]
  readonly framesMax: number
}

/** More than a page can hold. */
export class TooLarge extends Error {
  readonly _tag = 'TooLarge'
}

const wishes = [
  { frequency: 'per_second', eventTypes: ['T', 'A', 'Q'] },
  { frequency: 'per_minute', eventTypes: ['AM'] },
  { frequency: 'fair_market_value', eventTypes: ['FMV'] },
] as const

/** Reads it link by link. Rejects with `FramesFileError`, and with `TooLarge` before much has been read. */
export const incidentOf = async (options: IncidentOptions): Promise<Incident> => {
  const { file, fromMs = -Infinity, toMs = Infinity, symbols, framesMax } = options
  const { links } = recordingHeadOf(file)
  const routes = createRoutes(links)
  // A file that no recorder wrote does not say what was asked for.
  const isRecorded = ({ frequency, eventTypes }: (typeof wishes)[number]): boolean =>
    links.length === 0 ||
    links.some(
      (mark) =>
        mark.frequencies.includes(frequency) ||
        mark.eventTypes.some((type) => (eventTypes as readonly string[]).includes(type)),
    )
  const places = wishes.filter(isRecorded).map((wish): Place => ({ ...wish, home: routes.homeOf(wish) }))
  const cut = createCutter(symbols === undefined ? undefined : new Set(symbols))
  const homes = [...new Set(places.map(({ home }) => home))]

  const happened: Happened[] = []
  let frames = 0
  let losses = 0
  let leftOut = 0
  for (const home of homes) {
    const source = fileItems({ file, meter: readMeter(file), home, route: routes.follow(), fromMs, toMs, cut })
    try {
      for await (const item of itemsOf(source)) {
        const last = happened.at(-1)
        if (item.kind === 'loss') {
          losses += 1
          happened.push({ atMs: item.atMs, home, frames: [], loss: item.message })
          continue
        }
        const text = item.bytes.toString()
        if (!Buffer.from(text).equals(item.bytes)) {
          leftOut += 1
          continue
        }
        frames += 1
        if (frames > framesMax) throw new TooLarge(`more than ${String(framesMax)} frames`)
        const isSame = last?.atMs === item.atMs && last.home === home && last.loss === undefined
        if (isSame) happened[happened.length - 1] = { ...last, frames: [...last.frames, text] }
        else happened.push({ atMs: item.atMs, home, frames: [text] })
      }
    } finally {
      source.close()
    }
  }

  // By time; of one link what came first stays first.
  return { places, happened: happened.sort((a, b) => a.atMs - b.atMs), frames, losses, leftOut }
}

async function* itemsOf(source: ReturnType<typeof fileItems>): AsyncGenerator<ReplayItem, void, undefined> {
  for (;;) {
    const item = source.peek()
    if (item !== undefined) {
      source.take()
      yield item
    } else if (source.isOver) {
      if (source.failure !== undefined) throw source.failure
      return
    } else await new Promise<void>((resolve) => source.whenMore(resolve))
  }
}
