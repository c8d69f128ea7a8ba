import { asyncScheduler, concat, defer, type Observable, of, repeat, Subject, type Subscription, timer } from 'rxjs'

import type { Health } from '../ops/health.ts'
import type { Machine } from '../ops/machine.ts'
import type { LinkControl } from './links.ts'
import type { Member } from './roster.ts'
import { createSamples, frequencyCounts, linkCounts, type Samples } from './samples.ts'

/** Looks at the engine again and again, from its start to its end. */
export interface Monitor {
  readonly samples: Samples
  /** At once, and then at each look; completes when the engine has closed, after the last one. */
  readonly health$: Observable<Health>
  start(): void
  stop(): void
}

export interface MonitorOptions {
  /** Asked before each look. */
  readonly everyMs: () => number
  readonly members: () => readonly Member[]
  readonly links: () => readonly LinkControl[]
  readonly machine: Machine
  readonly health: () => Health
  /** Told of the health at each look. */
  readonly judged?: (health: Health) => void
}

export const createMonitor = ({ everyMs, members, links, machine, health, judged }: MonitorOptions): Monitor => {
  const samples = createSamples()
  const said$ = new Subject<Health>()
  let looking: Subscription | undefined

  // Counters only: a whole health is made when somebody wants it.
  const sample = (): void => {
    samples.take({
      atMs: asyncScheduler.now(),
      frequencies: new Map(members().map(({ name, control, stream }) => [name, frequencyCounts(control, stream)])),
      links: new Map(links().map((link) => [link.id, linkCounts(link)])),
    })
  }

  const look = (): void => {
    machine.tick(asyncScheduler.now())
    // First what is told: a rate is that of the time since the look before.
    if (said$.observed || judged !== undefined) {
      const now = health()
      judged?.(now)
      said$.next(now)
    }
    sample()
  }

  return {
    samples,
    health$: concat(
      defer(() => of(health())),
      said$,
    ),
    start: () => {
      machine.start()
      sample()
      looking = defer(() => timer(everyMs()))
        .pipe(repeat())
        .subscribe(look)
    },
    stop: () => {
      looking?.unsubscribe()
      machine.stop()
      if (said$.observed) said$.next(health())
      said$.complete()
    },
  }
}
