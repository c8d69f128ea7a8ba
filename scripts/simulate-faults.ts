/**
 * Simulated faults by the thousand: `npm run simulate:faults -- --runs 2000 --seed 7 --minutes 2 --jobs 2`.
 *
 * The scenarios of the seed first, then, for as long as there are minutes left, those of the seeds that follow. Ends with 1 at the first
 * violation, which is printed as the smallest scenario that shows it. docs/faults.md says how to read that.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'

import { simulate, type Simulated } from '../marbles/faults/simulate.ts'

const usage = `usage: npm run simulate:faults -- [--runs N] [--seed S] [--path P] [--minutes M] [--jobs J] [--steps K]
  --runs N     scenarios of the seed, 1 or more; 1000
  --seed S     a whole number from 0; by chance when left out
  --path P     with --seed: the one scenario that a failure has named, such as 17:0:3
  --minutes M  goes on with the seeds that follow until so much time has gone in all
  --jobs J     processes that share the work, 1 to 64; 1
  --steps K    the most steps of a scenario; 40`

/** The scenarios of one seed, a batch: what a process is given at a time. */
const batchRuns = 100

/** Of fast-check, which takes 32 bits. */
const seedMax = 2 ** 31 - 1

interface Options {
  readonly runs: number
  readonly seed: number
  readonly path: string | undefined
  readonly minutes: number
  readonly jobs: number
  readonly steps: number
}

interface Batch {
  readonly seed: number
  readonly runs: number
  readonly path?: string
  readonly stepsMax: number
  readonly untilMs?: number
}

class Misused extends Error {
  readonly _tag = 'Misused'

  constructor(message: string) {
    super(message)
    this.name = 'Misused'
  }
}

const numberFrom = (
  name: string,
  text: string,
  { from, to = Infinity, isWhole = true }: { from: number; to?: number; isWhole?: boolean },
): number => {
  const value = Number(text)
  const isFit = text.trim() !== '' && value >= from && value <= to && (!isWhole || Number.isSafeInteger(value))
  if (!isFit) {
    const range = to === Infinity ? `${String(from)} or more` : `${String(from)} to ${String(to)}`
    throw new Misused(
      `--${name} takes ${isWhole ? 'a whole number' : 'a number'}, ${range}, not ${JSON.stringify(text)}`,
    )
  }
  return value
}

const optionsOf = (args: readonly string[]): Options => {
  const text = { type: 'string' } as const
  const parsed = (() => {
    try {
      return parseArgs({
        args: [...args],
        options: { runs: text, seed: text, path: text, minutes: text, jobs: text, steps: text },
      }).values
    } catch (error) {
      throw new Misused(error instanceof Error ? error.message : String(error))
    }
  })()
  const { runs, seed, path, minutes, jobs, steps } = parsed
  if (path !== undefined && seed === undefined)
    throw new Misused('--path is a place in the scenarios of a seed: give --seed too')
  if (path !== undefined && !/^\d+(?::\d+)*$/.test(path))
    throw new Misused(`--path takes numbers parted by colons, such as 17:0:3, not ${JSON.stringify(path)}`)
  return {
    runs: path === undefined ? numberFrom('runs', runs ?? '1000', { from: 1 }) : 1,
    seed: seed === undefined ? randomInt(seedMax) : numberFrom('seed', seed, { from: 0, to: seedMax }),
    path,
    minutes: minutes === undefined ? 0 : numberFrom('minutes', minutes, { from: 0, isWhole: false }),
    jobs: jobs === undefined ? 1 : numberFrom('jobs', jobs, { from: 1, to: 64 }),
    steps: steps === undefined ? 40 : numberFrom('steps', steps, { from: 1, to: 500 }),
  }
}

/** Batches in the order in which they are handed out: those of the seed, then others for as long as there is time. */
function* batchesOf({ runs, seed, path, steps, minutes }: Options, startedMs: number): Generator<Batch> {
  const untilMs = startedMs + minutes * 60_000
  if (path !== undefined) {
    yield { seed, runs: 1, path, stepsMax: steps }
    return
  }
  let next = seed
  const seedNow = (): number => next++ % seedMax
  for (let left = runs; left > 0; left -= batchRuns) {
    yield { seed: seedNow(), runs: Math.min(left, batchRuns), stepsMax: steps }
  }
  // Those that follow, not others by chance: what fails once fails again. Without --seed the first one is by chance.
  while (Date.now() < untilMs) yield { seed: seedNow(), runs: batchRuns, stepsMax: steps, untilMs }
}

const done = async ({ untilMs = Infinity, ...batch }: Batch): Promise<Simulated> =>
  simulate({ ...batch, progress: () => Date.now() < untilMs })

/** A process of its own for every job but the first: virtual time takes the place of the process's timers. */
const workersOf = (
  jobs: number,
): readonly ((batch: Batch) => Promise<Simulated>)[] & { readonly children: readonly ChildProcess[] } => {
  const children = jobs === 1 ? [] : Array.from({ length: jobs }, () => fork(process.argv[1] as string, ['--worker']))
  const asks = children.map(
    (child) => (batch: Batch) =>
      new Promise<Simulated>((resolve, reject) => {
        const gone = (code: number | null): void => {
          reject(new Error(`a worker ended with ${String(code)}`))
        }
        child.once('exit', gone)
        child.once('message', (answer) => {
          child.off('exit', gone)
          resolve(answer as Simulated)
        })
        child.send(batch)
      }),
  )
  return Object.assign(jobs === 1 ? [done] : asks, { children })
}

const work = (): void => {
  process.on('message', (batch) => {
    done(batch as Batch).then(
      (result) => process.send?.(result),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
}

const main = async (options: Options): Promise<number> => {
  const startedMs = Date.now()
  const seconds = (): number => Math.max((Date.now() - startedMs) / 1000, 0.001)
  const batches = batchesOf(options, startedMs)
  const total = { runs: 0, compared: 0, sent: 0, heard: 0, inGaps: 0, gaps: 0 }
  let failure: Simulated['failure']
  let saidMs = startedMs

  const rate = (): string => `${(total.runs / seconds()).toFixed(1)} seeds/s`
  console.log(
    options.path === undefined
      ? `simulated faults: ${String(options.runs)} scenarios of seed ${String(options.seed)}${options.minutes > 0 ? `, then others, ${String(options.minutes)} min in all` : ''}, ${String(options.jobs)} at a time`
      : `simulated faults: the scenario ${options.path} of seed ${String(options.seed)}`,
  )

  const workers = workersOf(options.jobs)
  const busy = workers.map(async (worker) => {
    for (let next = batches.next(); next.done !== true && failure === undefined; next = batches.next()) {
      const result = await worker(next.value)
      total.runs += result.runs
      total.compared += result.compared
      for (const key of ['sent', 'heard', 'inGaps', 'gaps'] as const) total[key] += result.events[key]
      failure ??= result.failure
      if (Date.now() - saidMs < 10_000) continue
      saidMs = Date.now()
      console.log(`  ${String(total.runs)} scenarios in ${seconds().toFixed(0)} s, ${rate()}`)
    }
  })
  try {
    await Promise.all(busy)
  } finally {
    for (const child of workers.children) child.kill()
  }

  if (failure !== undefined) {
    console.log(
      `\nviolated after ${String(total.runs)} scenarios. Again: npm run simulate:faults -- --seed ${String(failure.seed)} --path ${failure.path}\n`,
    )
    console.log(failure.text)
    return 1
  }
  console.log(
    `no violation in ${String(total.runs)} scenarios (${String(total.compared)} of them compared with a run without one frequency's faults), ` +
      `${seconds().toFixed(1)} s, ${rate()}\n` +
      `events: ${String(total.sent)} sent, ${String(total.heard)} came, ${String(total.inGaps)} lie in one of ${String(total.gaps)} gaps`,
  )
  return 0
}

if (process.argv[2] === '--worker') work()
else {
  try {
    process.exitCode = await main(optionsOf(process.argv.slice(2)))
  } catch (error) {
    if (!(error instanceof Misused)) throw error
    console.error(`${error.message}\n\n${usage}`)
    process.exitCode = 2
  }
}
