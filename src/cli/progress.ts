import cliProgress from 'cli-progress'

import type { Io } from './io.ts'
import { whole } from './table.ts'

// CommonJS, whose names Node does not find.
const { Format, SingleBar } = cliProgress

export interface Progress {
  readonly done: number
  readonly total: number
  /** What the rate is of, so far. */
  readonly count: number
}

/** Between two looks. */
const lookMs = 250

/**
 * A bar on standard error with a rate and the time left, while something lasts; nothing where that is no terminal. The returned function takes it
 * away.
 */
export const showProgress = (io: Io, what: string, read: () => Progress): (() => void) => {
  const { terminal } = io
  if (terminal === undefined) return () => {}

  const beganMs = performance.now()
  const bar = new SingleBar({
    stream: terminal,
    clearOnComplete: true,
    hideCursor: true,
    barsize: 30,
    // Signals are the command's own affair.
    gracefulExit: false,
    etaBuffer: 40,
    format: (
      options,
      { progress, eta },
      { count, perSecond }: { readonly count: number; readonly perSecond: number },
    ) => {
      const left = Format.TimeFormat(Number.isFinite(eta) ? eta : 0, options, 1)
      const percent = String(Math.floor(progress * 100)).padStart(3)
      return `${Format.BarFormat(progress, options)} ${percent}%  ${whole(count)} ${what}, ${whole(perSecond)}/s, ${left} left`
    },
  })
  const look = (): { done: number; total: number; payload: object } => {
    const { done, total, count } = read()
    const perSecond = count / Math.max((performance.now() - beganMs) / 1000, 0.001)
    return { done, total: Math.max(total, 1), payload: { count, perSecond } }
  }

  const { done, total, payload } = look()
  bar.start(total, done, payload)
  const timer = setInterval(() => {
    const now = look()
    bar.setTotal(now.total)
    bar.update(Math.min(now.done, now.total), now.payload)
  }, lookMs)

  return () => {
    clearInterval(timer)
    bar.stop()
  }
}
