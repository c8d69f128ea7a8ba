import { asyncScheduler, Subscription } from 'rxjs'

import type { Engine } from '../engine.ts'
import type { Seat } from '../engine/parts.ts'
import type { Carried, LinkTap } from '../engine/tap.ts'
import {
  createFramesWriter,
  type FramesWriter,
  type FramesWriterOptions,
  type WriterFigures,
} from '../frames/framesWriter.ts'
import type { OpenPart } from '../frames/partFile.ts'
import type { RecordingError } from '../frames/recordingError.ts'
import { type Logger, silent } from '../ops/logger.ts'

export interface RecordOptions {
  /** `today.frames.gz`. One that is there already stays as it is: the recording goes on in `today-2.frames.gz`, the next free part. */
  readonly file: string
  /** A part that has so many bytes is ended, and the next one begins. 256 MB. */
  readonly partBytesMax?: number
  /** All parts of the file together, those of earlier runs too: the oldest are deleted. Without it the disk is the limit. */
  readonly bytesMax?: number
  /** Frames that wait for the disk. What finds no room is dropped, counted and marked in the file. 64 MB. */
  readonly queueBytesMax?: number
  /** The longest that a frame waits before it is written, in milliseconds. 400. */
  readonly flushMs?: number
  /** Whether the disk is asked to have each piece: then it survives the machine, not only the process. True. */
  readonly sync?: boolean
  /** A pino-compatible logger. Silent by default. */
  readonly logger?: Logger
  /** How a part is made. The file system's own. */
  readonly open?: OpenPart
}

/** What a recording has done so far: frames, save where bytes are named. offered = written + queued + dropped. */
export type RecordingFigures = WriterFigures & {
  /** `failing`: what cannot be written now waits, and is tried again each second. */
  readonly state: 'recording' | 'failing' | 'ended'
  /** Sessions whose loss was marked. */
  readonly lost: number
}

export interface Recording {
  /** The part that is being written. */
  readonly path: string
  figures(): RecordingFigures
  /** Ends the recording; the engine goes on. Rejects with `RecordingError` when the rest cannot be written. Idempotent. */
  stop(): Promise<void>
}

const megabyte = 1024 * 1024

/**
 * Records what the links of an engine bring, raw frames with their time of arrival and their link, into a file that `replay` plays.
 *
 *     const recording = record(engine, { file: 'today.frames.gz' })
 *     await engine.start()
 *
 * It ends with the engine, or by `stop`. A frame is in the file within half a second, whatever happens to the process then. It costs a
 * link a reference per frame; where the disk cannot keep up, the file misses frames, and says so, and the engine does not.
 *
 * Its figures are a part of `engine.health()` and a row of the ledger. Throws `RecordingError` when the file cannot be made, RangeError for
 * a limit that is none.
 */
export const record = (engine: Engine, options: RecordOptions): Recording => {
  const { file, partBytesMax = 256 * megabyte, bytesMax, queueBytesMax = 64 * megabyte, flushMs = 400 } = options
  const { sync = true, logger: base = silent, open } = options
  checkOptions({ ...options, partBytesMax })
  const logger = base.child({ part: 'recording' })

  let isFailing = false
  let isOver = false
  let isDropping = false
  let lost = 0

  const trouble = (error: RecordingError | undefined): void => {
    isFailing = error !== undefined
    if (error === undefined) logger.info({ file: writer.figures().path }, 'the recording is written again')
    else logger.error({ err: error }, 'the recording cannot be written; it is tried again each second')
  }

  // First: an engine that is closed has nothing to record, and no file is made for it.
  const seat = engine.attach({ name: 'recording', health: () => ({ ...figures() }), close: () => end() })
  const writer = begun(seat, {
    file,
    partBytesMax,
    queueBytesMax,
    flushMs,
    sync,
    trouble,
    now: () => asyncScheduler.now(),
    deleted: (path) => {
      logger.info({ path }, 'the oldest part of the recording was deleted: all parts together had reached their limit')
    },
    ...(bytesMax === undefined ? {} : { bytesMax }),
    ...(open === undefined ? {} : { open }),
  })

  const dropping = (isDropped: boolean): void => {
    if (isDropped === isDropping) return
    const { dropped, queuedBytes } = writer.figures()
    // A small frame finds room where a large one does not: that is no recovery.
    if (!isDropped && queuedBytes > queueBytesMax / 2) return
    isDropping = isDropped
    if (isDropped) logger.warn({ queuedBytes }, 'the recording does not keep up: it drops frames; the engine has them')
    else logger.warn({ dropped }, 'the recording keeps up again; the file says where frames are missing')
  }

  const subscriptions = new Subscription()
  let links = 0

  const follow = (tap: LinkTap): void => {
    const link = (links += 1)
    let known: readonly Carried[] = []

    // In front of the first frame that it concerns: a replay learns from it who is to get what.
    const introduce = (): void => {
      const now = tap.carries()
      if (isSame(known, now)) return
      known = now
      writer.mark(asyncScheduler.now(), {
        kind: 'link',
        link,
        id: tap.id,
        frequencies: now.map(({ frequency }) => frequency),
        eventTypes: [...new Set(now.flatMap(({ eventTypes }) => eventTypes))],
      })
    }

    introduce()
    subscriptions.add(
      tap.arrival$.subscribe((arrival) => {
        introduce()
        if (arrival.kind === 'frame') {
          dropping(!writer.frame(arrival.frame.receivedMs, link, arrival.frame.bytes))
          return
        }
        lost += 1
        const { cause, lastHeardMs } = arrival
        writer.mark(asyncScheduler.now(), {
          kind: 'lost',
          link,
          cause: {
            _tag: cause._tag,
            message: cause.message,
            ...(cause.code === undefined ? {} : { code: cause.code }),
          },
          lastHeardMs,
        })
      }),
    )
  }

  const figures = (): RecordingFigures => ({
    state: isOver ? 'ended' : isFailing ? 'failing' : 'recording',
    ...writer.figures(),
    lost,
  })

  const stop = async (): Promise<void> => {
    subscriptions.unsubscribe()
    try {
      await writer.close()
    } finally {
      isOver = true
    }
  }

  let stopping: Promise<void> | undefined
  const end = (): Promise<void> => (stopping ??= stop())
  const closeRow = seat.row('recording', seat.name, () => {
    const { offered, written, queued, dropped } = writer.figures()
    return { offered, written, queued, dropped }
  })
  subscriptions.add(engine.link$.subscribe(follow))
  logger.info({ file: writer.figures().path }, 'recording')

  return {
    get path() {
      return writer.figures().path
    },
    figures,
    stop: async () => {
      try {
        await end()
      } finally {
        closeRow()
        seat.leave()
      }
    },
  }
}

/** A part that cannot begin leaves its place. */
const begun = (seat: Seat, options: FramesWriterOptions): FramesWriter => {
  try {
    return createFramesWriter(options)
  } catch (error) {
    seat.leave()
    throw error
  }
}

const isSame = (a: readonly Carried[], b: readonly Carried[]): boolean =>
  a.length === b.length &&
  a.every(({ frequency, eventTypes }, i) => frequency === b[i]?.frequency && eventTypes === b[i].eventTypes)

const checkOptions = (options: RecordOptions): void => {
  const { file, bytesMax, partBytesMax = 0 } = options
  if (typeof file !== 'string' || file.trim() === '') {
    throw new RangeError('record needs a file, such as { file: "today.frames.gz" }')
  }
  for (const name of ['partBytesMax', 'bytesMax', 'queueBytesMax', 'flushMs'] as const) {
    const value = options[name]
    if (value !== undefined && !(value > 0)) {
      throw new RangeError(
        `record: ${name} must be above 0 ${name === 'flushMs' ? 'milliseconds' : 'bytes'}, not ${value}`,
      )
    }
  }
  if (bytesMax !== undefined && bytesMax < 2 * partBytesMax) {
    throw new RangeError(
      `record: bytesMax must be at least two parts, 2 x partBytesMax = ${2 * partBytesMax} bytes, not ${bytesMax}`,
    )
  }
}
