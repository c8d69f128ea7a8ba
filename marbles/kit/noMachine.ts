import type { Machine } from '../../src/ops/machine.ts'

const nothing = (): void => {}

/** Virtual time runs on no machine: its figures are always the same. */
export const noMachine: Machine = {
  start: nothing,
  tick: nothing,
  read: () => ({
    loop: { p50Ms: 0, p99Ms: 0, maxMs: 0 },
    memory: { rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 },
    cpuMs: { user: 0, system: 0 },
  }),
  stop: nothing,
}
