import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'

import { perform } from './deeds.ts'
import { look } from './look.ts'
import { addressOf, type Name, type Scenario, tickersOf } from './scenario.ts'
import { mended } from './mended.ts'
import { createWorld, type Note, watchedObservables, type World } from './world.ts'

export interface RunOptions {
  /** Only the steps, then the close: for the comparison of two runs. */
  readonly isCutShort?: boolean
  readonly note?: Note
}

/** What a run has shown. */
export interface Outcome {
  /** In the order in which they were found; none is how it should be. */
  readonly violations: readonly string[]
  /** The step during which the first was found; undefined when it was after all of them. */
  readonly step?: number
  /** What became visible of each frequency during the steps. */
  readonly traces: Readonly<Record<Name, readonly string[]>>
  /** The same run has the same digest; asked for, since few look at it. */
  readonly digest: () => string
  readonly counts: {
    readonly sent: number
    readonly heard: number
    readonly inGaps: number
    readonly unwanted: number
    readonly dead: number
    readonly gaps: number
  }
}

const silent: Note = () => undefined

/** Real turns of the event loop, so that the promises of a virtual moment are kept. */
const keep = (): Promise<unknown> => turn()

/** Does a scenario to an engine, and looks after every step whether all is as it should be. */
export const run = async (
  scenario: Scenario,
  { isCutShort = false, note = silent }: RunOptions = {},
): Promise<Outcome> => {
  const { setup, steps } = scenario
  const world = createWorld(scenario, keep, note)
  let step: number | undefined
  try {
    world.engine.start().catch((error: unknown) => {
      world.fail(`the start failed: ${String(error)}`)
    })
    for (const { name, setup: own } of world.actors) {
      world.books.wish(name, {
        isRunning: true,
        tickers: tickersOf(own.tickers),
        address: addressOf(setup.layout, name),
      })
    }
    for (let at = 0; at < steps.length && world.violations.length === 0; at += 1) {
      const { waitMs, deed } = steps[at] as Scenario['steps'][number]
      step = at
      // The same moment: nothing that falls due in it comes before.
      if (waitMs > 0) {
        await world.pass(waitMs)
        look(world)
      }
      perform(world, deed, at)
      look(world)
    }
    if (world.violations.length === 0) step = undefined
    const traces = Object.fromEntries(
      world.actors.map(({ name, trace }) => [name, [...trace]]),
    ) as unknown as Outcome['traces']

    if (world.violations.length === 0 && !isCutShort && setup.ending === 'mended') await mended(world, steps.length)
    await closed(world, setup.ending === 'mended' && !isCutShort)

    return {
      violations: world.violations,
      ...(step === undefined ? {} : { step }),
      traces,
      digest: () => digestOf(world),
      counts: world.books.counts,
    }
  } catch (error) {
    // A timer's own error, or the harness's: as much a violation as any.
    world.fail(error instanceof Error ? (error.stack ?? error.message) : String(error))
    return {
      violations: world.violations,
      ...(step === undefined ? {} : { step }),
      traces: {} as Outcome['traces'],
      digest: () => '',
      counts: world.books.counts,
    }
  } finally {
    for (const lift of world.lifts) lift.unsubscribe()
    world.clock.release()
  }
}

/** The end: nothing is left, neither a timer nor a connection nor somebody who listens. */
const closed = async (world: World, isDrained: boolean): Promise<void> => {
  const { engine, clock, vendor, actors, fail, lifts } = world
  for (const lift of lifts) lift.unsubscribe()
  const close = { isOver: false }
  const closing = engine.close({ drainMs: isDrained ? 1_000 : 5 }).finally(() => (close.isOver = true))
  await world.keep()
  for (let turns = 0; turns < 400 && !close.isOver; turns += 1) {
    clock.advance(Math.min(clock.nextMs(), 5))
    await world.keep()
  }
  if (!close.isOver) {
    fail('the close did not come to an end')
    return
  }
  await closing
  await world.keep()
  // What the vendor itself has put off, a stall or an answer.
  clock.advance(isDrained ? 1 : 1_000)
  if (clock.pending() > 0) fail(`${String(clock.pending())} timers run on after the close`)
  if (vendor.connections().length > 0)
    fail(`${String(vendor.connections().length)} connections are left after the close`)
  for (const { name, completed } of actors) {
    if (completed !== watchedObservables)
      fail(`${name}: ${String(completed)} of ${String(watchedObservables)} Observables have completed after the close`)
  }
  try {
    engine.ledger().assertBalanced()
  } catch (error) {
    fail(`after the close: ${String(error)}`)
  }
}

const digestOf = ({ actors, engine }: World): string => {
  const hash = createHash('sha1')
  for (const { trace } of actors) hash.update(trace.join('\n'))
  hash.update(JSON.stringify(engine.ledger().rows))
  return hash.digest('hex')
}
