import type { FrequencyHealth, Health } from '../src/ops/health.ts'
import type { StreamState } from '../streams/model.ts'

/** A healthy state, and healths written by hand: everything is as it should be save what is given. */
export const liveState: StreamState = {
  word: 'live',
  running: true,
  link: { kind: 'live', sinceMs: 0 },
  channels: 'live',
  refused: [],
  pace: 'active',
  operators: 'ok',
}

export const madeFrequency = (name: string, more: Partial<FrequencyHealth> = {}): FrequencyHealth => ({
  name,
  priority: 1,
  required: true,
  status: 'ok',
  why: [],
  state: liveState,
  sinceMs: 0,
  provider: 'simulated',
  eventsPerSecond: 0,
  offered: more.emitted ?? 0,
  passed: more.emitted ?? 0,
  emitted: 0,
  deadLetters: 0,
  restarts: 0,
  rejected: 0,
  gaps: 0,
  gapsOpen: 0,
  pace: { quietMs: 10_000, staleMs: 60_000, isExpected: true },
  latency: { received: null, appended: null, delivered: null, aheadMs: 0 },
  time: { budgetMs: 500, isOver: false, broken: 0, stages: [] },
  lanes: [],
  ...more,
})

export const madeHealth = (more: Partial<Health> = {}): Health => ({
  status: 'ok',
  reasons: [],
  epoch: 'e',
  nowMs: 0,
  startedMs: 0,
  isClosed: false,
  balanced: true,
  everyMs: 1000,
  links: [],
  frequencies: [],
  pump: { turns: 0, waitingFrames: 0, waitingBytes: 0, heldLinks: 0 },
  loop: { p50Ms: 0, p99Ms: 0, maxMs: 0 },
  memory: { rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 },
  cpuMs: { user: 0, system: 0 },
  parts: {},
  ...more,
})
