import { monitorEventLoopDelay } from 'node:perf_hooks'

import type { LoopHealth, MemoryHealth } from './health.ts'

/** What the process does, beside the engine. */
export interface Machine {
  start(): void
  /** Told at each tick of the health. */
  tick(nowMs: number): void
  read(): {
    readonly loop: LoopHealth
    readonly memory: MemoryHealth
    readonly cpuMs: { readonly user: number; readonly system: number }
  }
  stop(): void
}

/** Between two looks of the monitor at the loop, milliseconds: fifty wake-ups a second cost less than a thousandth of a core. */
const resolutionMs = 20

const toMs = (nanoseconds: number): number =>
  // The monitor measures from one look to the next: what lies beyond its own step is delay. Without a look it has NaN.
  Math.max(nanoseconds / 1e6 - resolutionMs, 0) || 0

/**
 * This process, by Node's own monitor of its event loop. A monitor counts for `windowMs`, then the next one begins: told is the worse of the
 * newest two, so that a bad moment is seen for at least one window and forgotten after two.
 */
export const createMachine = (windowMs: number): Machine => {
  let monitor = monitorEventLoopDelay({ resolution: resolutionMs })
  let before: LoopHealth | undefined
  let beganMs = 0

  const now = (): LoopHealth => ({
    p50Ms: toMs(monitor.percentile(50)),
    p99Ms: toMs(monitor.percentile(99)),
    maxMs: toMs(monitor.max),
  })

  const worse = (a: LoopHealth, b: LoopHealth): LoopHealth => (a.p99Ms > b.p99Ms ? a : b)

  return {
    start: () => {
      monitor.enable()
    },
    tick: (nowMs) => {
      if (beganMs === 0) beganMs = nowMs
      if (nowMs - beganMs < windowMs) return
      before = now()
      beganMs = nowMs
      monitor.disable()
      monitor = monitorEventLoopDelay({ resolution: resolutionMs })
      monitor.enable()
    },
    read: () => {
      const { user, system } = process.cpuUsage()
      const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage()
      return {
        loop: before === undefined ? now() : worse(before, now()),
        memory: { rss, heapTotal, heapUsed, external, arrayBuffers },
        cpuMs: { user: user / 1000, system: system / 1000 },
      }
    },
    stop: () => {
      monitor.disable()
    },
  }
}
