import { statSync, unlinkSync } from 'node:fs'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

import { type LineQueue, lineQueue } from './lineQueue.ts'
import type { Mark } from './mark.ts'
import { openPart, type OpenPart, type PartFile } from './partFile.ts'
import { partPath, partsOf } from './parts.ts'
import { RecordingError } from './recordingError.ts'
import { lineOfMark } from './recordedLine.ts'

export interface FramesWriterOptions {
  readonly file: string
  /** A part with so many bytes is ended, and the next one begins. */
  readonly partBytesMax: number
  /** All parts together; the oldest are deleted. */
  readonly bytesMax?: number
  /** Frames that wait to be written. */
  readonly queueBytesMax: number
  /** The longest that a frame waits before it is packed and written. */
  readonly flushMs: number
  /** Whether the disk is asked to have it, each time. */
  readonly sync: boolean
  readonly now: () => number
  /** Told when writing fails, once until it works again, then undefined. */
  readonly trouble: (error: RecordingError | undefined) => void
  readonly deleted: (path: string) => void
  readonly open?: OpenPart
}

/** Frames, save where bytes are named. */
export interface WriterFigures {
  readonly offered: number
  readonly written: number
  /** In the queue or on the way to the file. */
  readonly queued: number
  readonly dropped: number
  /** Arrival of the oldest that is not in the file yet, Unix ms; absent when all are. */
  readonly oldestMs?: number
  readonly queuedBytes: number
  readonly queuedBytesPeak: number
  /** Of the files, packed, over the parts of this run. */
  readonly fileBytes: number
  /** The file that is being written. */
  readonly path: string
}

export interface FramesWriter {
  /** False: dropped, and counted, for want of room. */
  frame(atMs: number, link: number, bytes: Buffer): boolean
  mark(atMs: number, mark: Mark): void
  figures(): WriterFigures
  /** Writes what waits, ends the part. Rejects with `RecordingError` when that fails; what was not written is counted as dropped. */
  close(): Promise<void>
}

/** Plain bytes that are packed at a time: putting them together is the one thing that takes the loop's own time. */
const memberBytes = 256 * 1024

/** Between two tries while writing fails. */
const retryMs = 1000

/** Higher takes twice the time for a tenth less. */
const level = 4

const pack = promisify(gzip)

/**
 * Writes a recorded file: each `flushMs` what has come is packed as a gzip member of its own and written in one piece. Whatever
 * happens to the process then, the file has it, and reads: members stand for themselves.
 *
 * A file that is there already is not touched: the next free part begins. Where writing fails, the disk is full, say, what comes is kept
 * in the queue and tried again each second; what finds no room there is dropped, counted, and marked in its place.
 *
 * Throws `RecordingError` when the first part cannot be made. Holds at most `queueBytesMax` and one member.
 */
export const createFramesWriter = (options: FramesWriterOptions): FramesWriter => {
  const { file, partBytesMax, bytesMax = Infinity, flushMs, now, open = openPart } = options
  const queue: LineQueue = lineQueue(options.queueBytesMax)
  const links = new Map<number, Extract<Mark, { readonly kind: 'link' }>>()
  const count = { offered: 0, written: 0, inHand: 0, abandoned: 0, fileBytes: 0, partFrames: 0 }
  let inHandMs: number | undefined
  let part = partsOf(file).at(-1)?.part ?? 0
  let size = 0
  let troubled: RecordingError | undefined
  let timer: NodeJS.Timeout | undefined
  let working: Promise<void> | undefined
  let closing: Promise<void> | undefined
  let stopWaiting = (): void => {}

  const errorOf = (path: string, error: unknown): RecordingError =>
    new RecordingError({ path, cause: error as NodeJS.ErrnoException })

  const openNext = (): PartFile => {
    for (;;) {
      part += 1
      try {
        return open(partPath(file, part))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue
        const failure = errorOf(partPath(file, part), error)
        part -= 1
        throw failure
      }
    }
  }

  const headLines = (): Buffer => {
    const atMs = now()
    const marks: readonly Mark[] = [{ kind: 'recording', version: 1, part, startedMs: atMs }, ...links.values()]
    return Buffer.concat(marks.map((mark) => lineOfMark(atMs, mark)))
  }

  const endLine = (continues: boolean): Buffer =>
    lineOfMark(now(), { kind: 'end', frames: count.partFrames, continues })

  let output = openNext()
  // Its first member is written with the first flush.
  let head: Buffer | undefined = headLines()

  const say = (error: RecordingError | undefined): void => {
    if ((error === undefined) === (troubled === undefined)) return
    troubled = error
    options.trouble(error)
  }

  const rest = (): Promise<void> =>
    new Promise((resolve) => {
      const wait = setTimeout(resolve, retryMs)
      stopWaiting = () => {
        clearTimeout(wait)
        resolve()
      }
    })

  /** Until it is done; when we are closing, one more time. */
  const store = async (text: Buffer): Promise<void> => {
    const packed = await pack(text, { level })
    for (;;) {
      const isLast = closing !== undefined
      try {
        await output.write(packed, size)
        size += packed.length
        count.fileBytes += packed.length
        say(undefined)
        return
      } catch (error) {
        // A piece of a member would make the rest of the file unreadable.
        await output.truncate(size).catch(() => {})
        const failure = errorOf(partPath(file, part), error)
        say(failure)
        if (isLast) throw failure
        await rest()
      }
    }
  }

  const trim = (): void => {
    const parts = partsOf(file).filter((one) => one.part !== part)
    const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0
    let total = parts.reduce((sum, { path }) => sum + sizeOf(path), 0)
    for (const { path } of parts) {
      if (total + partBytesMax <= bytesMax) return
      total -= sizeOf(path)
      unlinkSync(path)
      options.deleted(path)
    }
  }

  const rotate = async (): Promise<void> => {
    let next: PartFile
    try {
      next = openNext()
    } catch (error) {
      // It goes on in the part that is there, and tries again with the next flush.
      say(error as RecordingError)
      return
    }
    await store(endLine(true))
    await output.close()
    output = next
    size = 0
    count.partFrames = 0
    head = headLines()
    trim()
  }

  const work = async (): Promise<void> => {
    for (let taken = queue.take(memberBytes); taken !== undefined; taken = queue.take(memberBytes)) {
      count.inHand = taken.frames
      inHandMs = taken.firstMs
      await store(head === undefined ? taken.text : Buffer.concat([head, taken.text]))
      head = undefined
      count.inHand = 0
      inHandMs = undefined
      count.written += taken.frames
      count.partFrames += taken.frames
      if (size >= partBytesMax) await rotate()
    }
    if (options.sync) await output.sync().catch((error: unknown) => say(errorOf(partPath(file, part), error)))
  }

  const flush = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    working ??= work().finally(() => {
      working = undefined
      if (queue.figures.bytes > 0) arm()
    })
    // Whoever closes hears of it.
    working.catch(() => {})
    return working
  }

  const arm = (): void => {
    if (closing !== undefined || working !== undefined) return
    if (queue.figures.bytes >= memberBytes) void flush()
    else timer ??= setTimeout(() => void flush(), flushMs)
  }

  const finish = async (): Promise<void> => {
    stopWaiting()
    clearTimeout(timer)
    try {
      await working
      queue.sayDrops(now())
      await work()
      await store(head === undefined ? endLine(false) : Buffer.concat([head, endLine(false)]))
      if (options.sync) await output.sync()
    } finally {
      // What nobody will write any more.
      count.abandoned += count.inHand + queue.figures.frames
      count.inHand = 0
      queue.figures.frames = 0
      queue.figures.bytes = 0
      inHandMs = undefined
      await output.close()
    }
  }

  trim()

  return {
    frame: (atMs, link, bytes) => {
      count.offered += 1
      const isTaken = closing === undefined && queue.frame(atMs, link, bytes)
      if (closing !== undefined) count.abandoned += 1
      arm()
      return isTaken
    },
    mark: (atMs, mark) => {
      if (closing !== undefined) return
      if (mark.kind === 'link') links.set(mark.link, mark)
      queue.mark(atMs, mark)
      arm()
    },
    figures: () => ({
      ...oldest(inHandMs ?? queue.oldestMs()),
      offered: count.offered,
      written: count.written,
      queued: queue.figures.frames + count.inHand,
      dropped: queue.figures.dropped + count.abandoned,
      queuedBytes: queue.figures.bytes,
      queuedBytesPeak: queue.figures.bytesPeak,
      fileBytes: count.fileBytes,
      path: partPath(file, part),
    }),
    close: () => (closing ??= finish()),
  }
}

const oldest = (oldestMs: number | undefined): { readonly oldestMs?: number } =>
  oldestMs === undefined ? {} : { oldestMs }
