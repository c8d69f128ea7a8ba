import { isDeepStrictEqual } from 'node:util'

import type { Happening, Values } from './diagram.ts'

/** Gives values their letters; what has none gets a free one. */
export interface Names {
  readonly of: (value: unknown) => string
  /** One line for each of these letters that stands for something else than itself. */
  readonly explained: (letters: Iterable<string>) => readonly string[]
}

const spare = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZαβγδεζηθικλμνξοπρστυφχψω'

export const namesOf = (values: Values): Names => {
  const known = new Map<string, unknown>(Object.entries(values))

  return {
    of: (value) => {
      for (const [letter, one] of known) if (isDeepStrictEqual(one, value)) return letter
      if (typeof value === 'string' && value.length === 1) return value
      const free = Array.from(spare).find((letter) => !known.has(letter)) ?? '?'
      known.set(free, value)
      return free
    },
    explained: (letters) =>
      [...new Set(letters)].flatMap((letter) => {
        const value = known.get(letter)
        return !known.has(letter) || value === letter ? [] : [`  ${letter} = ${written(value)}`]
      }),
  }
}

/** A value as one line of a message, cut when it is long. */
export const written = (value: unknown): string => {
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)) as
    string | undefined
  return text === undefined ? String(value) : text.length > 300 ? `${text.slice(0, 300)}…` : text
}

/** What is drawn for a happening. */
export const markOf = ({ notification }: Happening, names: Names): string =>
  notification.kind === 'N' ? names.of(notification.value) : notification.kind === 'E' ? '#' : '|'

/** Diagrams of the same time, one under the other. */
export interface Aligned {
  readonly lines: readonly string[]
  /** In which column a moment stands, if something happens there. */
  readonly columnOf: (frame: number) => number | undefined
}

/** A pause longer than this is written as a time. */
const dashesMax = 40

/**
 * Draws several rows so that one moment is one column in all of them:
 *
 *     -a-(bc)-d
 *     -a------d
 *
 * Each row reads as a diagram of its own, as long as nothing happens right behind a group, for which a diagram has no place.
 */
export const aligned = (rows: readonly (readonly Happening[])[], names: Names): Aligned => {
  const marks = rows.map((row) => byFrame(row, names))
  const frames = [...new Set(marks.flatMap((row) => [...row.keys()]))].sort((a, b) => a - b)
  const columns = new Map<number, number>()
  const lines = rows.map(() => '')
  /** What time it is for a reader of each row: a group takes its own width. */
  const clocks = rows.map(() => 0)
  let at = 0

  const write = (row: number, text: string): void => {
    lines[row] = `${lines[row] as string}${text}`
  }
  const passes = (row: number, frame: number): void => {
    // A space takes no time: beside and behind a group the rows stay right.
    const isBehind = (clocks[row] as number) <= frame
    if (isBehind) clocks[row] = (clocks[row] as number) + 1
    write(row, isBehind ? '-' : ' ')
  }

  frames.forEach((frame, i) => {
    const next = frames[i + 1] ?? Infinity
    const cells = marks.map((row) => row.get(frame) ?? '')
    const width = Math.max(...cells.map((cell) => cell.length))
    const waits = clocks.map((clock) => (frame > clock ? ` ${timeOf(frame - clock)} ` : ''))
    const waitWidth = Math.max(...waits.map((wait) => wait.length))
    const start = (lines[0] as string).length + (frame - at > dashesMax ? waitWidth : Math.max(0, frame - at))

    cells.forEach((cell, row) => {
      if (frame - at > dashesMax) {
        write(row, (waits[row] as string).padEnd(waitWidth))
        clocks[row] = Math.max(frame, clocks[row] as number)
      } else for (let k = at; k < frame; k += 1) passes(row, k)

      write(row, cell)
      if (cell !== '') clocks[row] = Math.max(frame, clocks[row] as number) + cell.length
      for (let k = cell.length; k < width; k += 1) passes(row, frame + k < next ? frame + k : -1)
    })
    columns.set(frame, start)
    at = Math.min(frame + width, next)
  })

  return {
    lines: lines.map((line, row) => (marks[row]?.size === 0 ? '(nothing)' : line.trimEnd())),
    columnOf: (frame) => columns.get(frame),
  }
}

const byFrame = (row: readonly Happening[], names: Names): ReadonlyMap<number, string> => {
  const marks = new Map<number, string[]>()
  for (const happening of row) {
    const mark = markOf(happening, names)
    const others = marks.get(happening.frame)
    if (others === undefined) marks.set(happening.frame, [mark])
    else others.push(mark)
  }
  return new Map([...marks].map(([frame, all]) => [frame, all.length === 1 ? (all[0] as string) : `(${all.join('')})`]))
}

const timeOf = (ms: number): string =>
  ms % 60_000 === 0 ? `${String(ms / 60_000)}m` : ms % 1000 === 0 ? `${String(ms / 1000)}s` : `${String(ms)}ms`
