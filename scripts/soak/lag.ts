import { createHistogram } from 'node:perf_hooks'

/** How late timers come, in milliseconds. */
export interface Lag {
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface LagMeter {
  readonly resume: () => void
  readonly pause: () => void
  /** Since it was taken last. */
  readonly take: () => Lag
  /** The most there has ever been. */
  readonly maxMs: () => number
}

const sampleMs = 10

/** Not `monitorEventLoopDelay`: that takes a pause for a delay. */
export const lagMeter = (): LagMeter => {
  const lateUs = createHistogram()
  let timer: NodeJS.Timeout | undefined
  let dueMs = 0
  let maxMs = 0

  const wait = (): void => {
    dueMs = performance.now() + sampleMs
    timer = setTimeout(() => {
      const lateMs = Math.max(performance.now() - dueMs, 0)
      maxMs = Math.max(maxMs, lateMs)
      lateUs.record(Math.max(Math.round(lateMs * 1000), 1))
      wait()
    }, sampleMs).unref()
  }
  const percentileMs = (percentile: number): number => (lateUs.count === 0 ? 0 : lateUs.percentile(percentile) / 1000)

  return {
    resume: wait,
    pause: () => clearTimeout(timer),
    take: () => {
      const lag = { p50Ms: percentileMs(50), p99Ms: percentileMs(99) }
      lateUs.reset()
      return lag
    },
    maxMs: () => maxMs,
  }
}
