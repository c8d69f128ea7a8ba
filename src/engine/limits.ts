import { linkDefaults } from '../../streams/link/link.ts'
import type { EngineOptions } from './options.ts'

/** What the parts of an engine look up each time they need it, so that it can change without any of them being made anew. */
export interface Limits {
  readonly startTimeoutMs: number
  readonly healthEveryMs: number
  readonly inboxBytes: number
  readonly turnBytes: number
  readonly link: NonNullable<EngineOptions['link']>
}

/** What is left out has its usual value. */
export const limitsOf = ({ startTimeoutMs, healthEveryMs, inboxBytes, turnBytes, link }: EngineOptions): Limits => ({
  startTimeoutMs: startTimeoutMs ?? 30_000,
  healthEveryMs: healthEveryMs ?? 1000,
  inboxBytes: inboxBytes ?? 256 * 1024,
  turnBytes: turnBytes ?? 32 * 1024,
  link: link ?? {},
})

/** Long against what an answer takes, and against a stall of the vendor. */
export const joinLimitMsOf = ({ link }: Limits): number => 20 * (link.ackLimitMs ?? linkDefaults.ackLimitMs)
