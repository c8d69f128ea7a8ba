import type { Mark } from './mark.ts'
import { lineOfFrame, lineOfMark } from './recordedLine.ts'

/** What waits to be written, in order, bounded in bytes. */
export interface LineQueue {
  /** False: there was no room, and the frame is counted as dropped. */
  frame(atMs: number, link: number, bytes: Buffer): boolean
  mark(atMs: number, mark: Mark): void
  /** Lines of at most so many bytes, at least one when there is one, and how many frames are in them. */
  take(bytesMax: number): { readonly text: Buffer; readonly frames: number; readonly firstMs: number } | undefined
  /** What was dropped since the last frame that was not, as marks: at the end nobody else will say it. */
  sayDrops(atMs: number): void
  /** Arrival of the oldest frame that waits, Unix ms. */
  oldestMs(): number | undefined
  readonly figures: { frames: number; bytes: number; bytesPeak: number; dropped: number; droppedBytes: number }
}

interface Waiting {
  readonly atMs: number
  readonly link: number
  /** Undefined for a mark. */
  readonly bytes: Buffer | undefined
  readonly mark: Mark | undefined
}

/** A mark, and what a line has besides its frame: roughly. */
const lineBytes = 64

/**
 * Frames and marks in order of arrival.
 *
 * It never grows beyond `bytesMax`: a frame that finds no room is dropped and counted, and a mark says so in its place, as soon as a
 * frame of that link finds room again. Marks themselves are few, and always taken.
 */
export const lineQueue = (bytesMax: number): LineQueue => {
  const drops = new Map<number, { frames: number; bytes: number }>()
  const figures = { frames: 0, bytes: 0, bytesPeak: 0, dropped: 0, droppedBytes: 0 }
  let waiting: Waiting[] = []
  let head = 0

  const weight = ({ bytes }: Waiting): number => (bytes?.length ?? 0) + lineBytes

  const push = (one: Waiting): void => {
    waiting.push(one)
    figures.bytes += weight(one)
    figures.bytesPeak = Math.max(figures.bytesPeak, figures.bytes)
  }

  const sayDrop = (atMs: number, link: number): void => {
    const drop = drops.get(link)
    if (drop === undefined) return
    drops.delete(link)
    push({ atMs, link, bytes: undefined, mark: { kind: 'dropped', link, ...drop } })
  }

  const linesOf = ({ atMs, link, bytes, mark }: Waiting): readonly Buffer[] =>
    bytes !== undefined ? lineOfFrame(atMs, link, bytes) : mark !== undefined ? [lineOfMark(atMs, mark)] : []

  return {
    frame: (atMs, link, bytes) => {
      if (figures.bytes + bytes.length + lineBytes > bytesMax) {
        const drop = drops.get(link) ?? { frames: 0, bytes: 0 }
        drops.set(link, drop)
        drop.frames += 1
        drop.bytes += bytes.length
        figures.dropped += 1
        figures.droppedBytes += bytes.length
        return false
      }
      sayDrop(atMs, link)
      push({ atMs, link, bytes, mark: undefined })
      figures.frames += 1
      return true
    },
    mark: (atMs, mark) => {
      push({ atMs, link: 0, bytes: undefined, mark })
    },
    take: (most) => {
      const lines: Buffer[] = []
      const firstMs = waiting[head]?.atMs ?? NaN
      let bytes = 0
      let frames = 0
      while (head < waiting.length && (lines.length === 0 || bytes < most)) {
        const one = waiting[head] as Waiting
        head += 1
        bytes += weight(one)
        if (one.bytes !== undefined) frames += 1
        lines.push(...linesOf(one))
      }
      if (lines.length === 0) return undefined
      if (head === waiting.length || head > 4096) {
        waiting = waiting.slice(head)
        head = 0
      }
      figures.bytes -= bytes
      figures.frames -= frames
      return { text: Buffer.concat(lines), frames, firstMs }
    },
    sayDrops: (atMs) => {
      for (const link of [...drops.keys()]) sayDrop(atMs, link)
    },
    oldestMs: () => waiting[head]?.atMs,
    figures,
  }
}
