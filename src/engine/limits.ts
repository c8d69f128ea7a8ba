import { linkDefaults } from '../../streams/link/link.ts'
import type { EngineOptions, FailoverOptions, Mode } from './options.ts'

/** What the parts of an engine look up each time they need it, so that it can change without any of them being made anew. */
export interface Limits {
  readonly startTimeoutMs: number
  readonly healthEveryMs: number
  readonly inboxBytes: number
  readonly turnBytes: number
  readonly link: NonNullable<EngineOptions['link']>
  readonly mode: Mode
  readonly failover: Required<FailoverOptions>
}

const failoverDefaults: Required<FailoverOptions> = {
  enabled: true,
  inProduction: false,
  delayMs: 5_000,
  returnMs: 30_000,
  attemptsMax: 3,
}

/** What is left out has its usual value. */
export const limitsOf = (options: EngineOptions): Limits => ({
  startTimeoutMs: options.startTimeoutMs ?? 30_000,
  healthEveryMs: options.healthEveryMs ?? 1000,
  inboxBytes: options.inboxBytes ?? 256 * 1024,
  turnBytes: options.turnBytes ?? 32 * 1024,
  link: options.link ?? {},
  mode: options.mode ?? 'production',
  failover: { ...failoverDefaults, ...options.failover },
})

/** Long against what an answer takes, and against a stall of the vendor. */
export const joinLimitMsOf = ({ link }: Limits): number => 20 * (link.ackLimitMs ?? linkDefaults.ackLimitMs)

/** Whether fallbacks may serve: never silently in production. */
export const mayFailOver = ({ mode, failover }: Limits): boolean =>
  failover.enabled && (mode !== 'production' || failover.inProduction)
