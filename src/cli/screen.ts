import type { Io } from './io.ts'

export interface Screen {
  /** In the place of what was drawn last on a terminal, below it elsewhere. */
  readonly draw: (lines: readonly string[]) => void
  /** What comes next is not drawn over. */
  readonly keep: () => void
}

/** Lines that are drawn again and again. */
export const screenOf = (io: Io): Screen => {
  let drawn = 0

  return {
    draw: (lines) => {
      if (!io.isTerminal) {
        io.out(`${lines.join('\n')}\n\n`)
        return
      }
      // A line that wraps would put the next drawing in the wrong place.
      const width = io.columns() - 1
      const up = drawn === 0 ? '' : `\x1b[${drawn}A\r`
      io.out(`${up}${lines.map((line) => `\x1b[2K${line.slice(0, width)}\n`).join('')}\x1b[0J`)
      drawn = lines.length
    },
    keep: () => {
      drawn = 0
    },
  }
}
