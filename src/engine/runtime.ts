import { randomUUID } from 'node:crypto'

import { createMachine } from '../ops/machine.ts'
import type { Runtime } from './options.ts'

/** What decides about time and chance in production, unless the host brings its own. */
export const runtimeOf = (own: Partial<Runtime> | undefined, healthEveryMs: number): Runtime => ({
  turn: nextTurn,
  random: Math.random,
  epoch: randomUUID(),
  stopwatch: () => performance.now(),
  // What is told of the loop covers from five looks to ten.
  machine: createMachine(5 * healthEveryMs),
  isMeasured: true,
  warmsUp: true,
  ...own,
})

const nextTurn = (work: () => void): (() => void) => {
  const handle = setImmediate(work)
  return () => {
    clearImmediate(handle)
  }
}
