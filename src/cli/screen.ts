import { fit } from './fit.ts'
import type { Io } from './io.ts'

export interface Screen {
  /** In the place of what was drawn last on a terminal, below it elsewhere. */
  readonly draw: (lines: readonly string[]) => void
  /** What comes next is not drawn over. */
  readonly keep: () => void
}

/** Lines that are drawn again and again, each in its place and in one write, so that nothing flickers. */
export const screenOf = (io: Io): Screen => {
  let drawn = 0
  let drawnWidth = 0

  return {
    draw: (lines) => {
      if (!io.isTerminal) {
        io.out(`${lines.join('\n')}\n\n`)
        return
      }
      // A line that wraps, or more of them than there is room, would put the next drawing in the wrong place.
      const width = io.columns()
      const shown = lines.slice(0, Math.max(io.rows() - 1, 1)).map((line) => fit(line, width - 1))
      // The terminal has wrapped or unwrapped what is there: nobody knows where it begins.
      const isResized = drawn > 0 && width !== drawnWidth
      const up = isResized ? '\x1b[2J\x1b[H' : drawn === 0 ? '' : `\x1b[${drawn}A\r`
      io.out(`${up}${shown.map((line) => `\x1b[2K${line}\n`).join('')}\x1b[0J`)
      drawn = shown.length
      drawnWidth = width
    },
    keep: () => {
      drawn = 0
    },
  }
}
