import type { Mark } from '../../frames/mark.ts'
import { type ReadMeter, readLines } from '../../frames/readLines.ts'
import type { RecordedLine } from '../../frames/recordedLine.ts'
import type { ItemSource, ReplayItem } from './item.ts'
import type { Route } from './routes.ts'

export interface FileItemsOptions {
  readonly file: string
  readonly meter: ReadMeter
  /** What of the file is for this link. */
  readonly home: number
  readonly route: Route
  /** Lines from here on, and before there: Unix ms. */
  readonly fromMs: number
  readonly toMs: number
  /** A frame as it is to be played; undefined where nothing of it is. */
  readonly cut: (bytes: Buffer) => Buffer | undefined
}

/** Items that are read ahead. */
const aheadMax = 2000

/** Losses that the recording has itself: the engine that was recorded had the frames, or nobody had. */
const loss = (atMs: number, message: string, code = 1006): ReplayItem => ({
  kind: 'loss',
  atMs,
  // Those would make the link wait for a minute.
  code: code === 1009 || code === 1013 ? 1006 : code,
  message,
})

/**
 * One link's part of a recorded file. Reads ahead a little, and no more until that is taken.
 *
 * A loss in the recording is one here. So is what the recording does not have: frames that its recorder dropped, and the time between two runs
 * of it. A part of it that cannot be read ends it with a `FramesFileError`, behind everything that stands before.
 */
export const fileItems = ({ file, meter, home, route, fromMs, toMs, cut }: FileItemsOptions): ItemSource => {
  let items: ReplayItem[] = []
  let head = 0
  let isOver = false
  let isClosed = false
  let failure: Error | undefined
  let tellMore: (() => void) | undefined
  let tellRoom: (() => void) | undefined
  // Before the first part nothing is missing.
  let goesOn = true

  const itemOfMark = (atMs: number, mark: Mark): ReplayItem | undefined => {
    switch (mark.kind) {
      case 'link':
        route.learn(mark)
        return undefined
      case 'recording': {
        const isHole = !goesOn
        goesOn = false
        return isHole ? loss(atMs, 'the recorder was not running: it began again here') : undefined
      }
      case 'end':
        goesOn = mark.continues
        return undefined
      case 'lost':
        return route.goesTo(mark.link, home) ? loss(atMs, mark.cause.message, mark.cause.code) : undefined
      case 'dropped':
        return route.goesTo(mark.link, home)
          ? loss(atMs, `the recorder did not keep up: ${String(mark.frames)} frames are missing from the recording`)
          : undefined
    }
  }

  const itemOf = (line: RecordedLine): ReplayItem | undefined => {
    // Marks are looked at wherever they stand: they say what the later ones mean.
    if (line.kind === 'mark') {
      const item = itemOfMark(line.atMs, line.mark)
      return line.atMs < fromMs ? undefined : item
    }
    if (line.atMs < fromMs || !route.goesTo(line.link, home)) return undefined
    const bytes = cut(line.bytes)
    return bytes === undefined ? undefined : { kind: 'frame', atMs: line.atMs, bytes }
  }

  const told = (): void => {
    const tell = tellMore
    tellMore = undefined
    tell?.()
  }

  const waiting = (): number => items.length - head

  const read = async (): Promise<void> => {
    for await (const lines of readLines(file, meter)) {
      for (const line of lines) {
        if (line.atMs >= toMs) return
        const item = itemOf(line)
        if (item !== undefined) items.push(item)
      }
      if (waiting() > 0) told()
      while (waiting() >= aheadMax && !isClosed) await new Promise<void>((resolve) => (tellRoom = resolve))
      if (isClosed) return
    }
  }

  const reading = async (): Promise<void> => {
    try {
      await read()
    } catch (error) {
      failure = error as Error
    }
    isOver = true
    told()
  }
  // It never rejects.
  void reading()

  return {
    peek: () => items[head],
    take: () => {
      head += 1
      if (head < 1024 && head < items.length) return
      items = items.slice(head)
      head = 0
      if (waiting() < aheadMax / 2) tellRoom?.()
    },
    get isOver() {
      return isOver && waiting() === 0
    },
    get failure() {
      return failure
    },
    whenMore: (tell) => {
      tellMore = tell
    },
    close: () => {
      isClosed = true
      isOver = true
      items = []
      head = 0
      tellRoom?.()
    },
  }
}
