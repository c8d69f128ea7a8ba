// An engine under load and faults for as long as you like, in three processes:
//
//     simulator ── proxies, which make the faults ──┊── engine on dedicated links ─┬─ readers, some slow
//                                                   ┊                              └─ publisher ──┊── clients, one of them slow
//
//     npm run soak -- --minutes 5 --rate 20000 [--seed 1] [--calm] [--json]
//
// One line a minute, and a verdict at the end. Exits 1 when something grew that must not, when the ledger did not balance, or
// when an event is missing that no gap speaks of.
import { setTimeout as wait } from 'node:timers/promises'

import { verdictOf, WrongUse } from '../src/cli/errors.ts'
import { aboveZero, flag, optionLines, parse, wholeNumber } from '../src/cli/options.ts'
import { host, type Host, muteMs } from './soak/host.ts'
import { heading, lineOf, textOf } from './soak/line.ts'
import { type Look, subscribersNow, watch, type Watch } from './soak/look.ts'
import { startPart, told } from './soak/parts.ts'
import { reportJson, reportLines } from './soak/report.ts'
import type { ToVendor } from './soak/vendor.ts'
import { faultsOf, type Findings } from './soak/verdict.ts'

const options = {
  minutes: aboveZero({ help: 'how long', fallback: 5, what: 'minutes', most: 7 * 24 * 60 }),
  rate: wholeNumber({
    help: 'events per second, about',
    fallback: 5000,
    what: 'events per second',
    least: 50,
    most: 200_000,
  }),
  seed: wholeNumber({
    help: 'of the market and the faults',
    fallback: 1,
    what: 'a seed',
    least: 0,
    most: 4_294_967_295,
  }),
  calm: flag({ help: 'no faults: only load and time' }),
  json: flag({ help: 'a line of JSON for each line, and one for the verdict' }),
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** How long everything runs before it is looked at: code compiles, lanes and buffers fill. */
const warmUpMs = 5000

/** How long the frequencies get to come back after the last fault. */
const backMs = 15_000

/** Between two lines. */
const lineMs = 60_000

/** Between two looks, at least and at most: one takes some hundredths of a second, in which nothing else happens. */
const lookMinMs = 1_000
const lookMaxMs = 10_000

/** Looks at equal distances, and a line each minute; ends early when it is interrupted. */
const observe = async (
  { look, lag }: Watch,
  { minutes, json }: { readonly minutes: number; readonly json: boolean },
  interrupted: AbortSignal,
): Promise<readonly Look[]> => {
  const looks: Look[] = [look()]
  lag.take()
  const [{ atMs: startMs }] = looks as [Look]
  const endMs = startMs + minutes * 60_000
  const everyMs = Math.min(Math.max((endMs - startMs) / 24, lookMinMs), lookMaxMs)
  let lined = 0
  if (!json) say(heading)

  for (let n = 1; !interrupted.aborted; n += 1) {
    const dueMs = Math.min(startMs + n * everyMs, endMs)
    const nowMs = (looks.at(-1) as Look).atMs
    await wait(Math.max(dueMs - nowMs, 0), undefined, { signal: interrupted }).catch(() => undefined)
    looks.push(look())
    const isLast = dueMs >= endMs || interrupted.aborted
    const before = looks[lined] as Look
    if (isLast || dueMs - before.atMs >= lineMs - everyMs / 2) {
      const line = lineOf(looks.slice(lined + 1), before, lag.take())
      lined = looks.length - 1
      say(json ? JSON.stringify({ kind: 'line', ...line }) : textOf(line))
    }
    if (isLast) break
  }
  return looks
}

/** Frequencies that do not run again although nothing is wrong any more. */
const notBack = async ({ engine, gaps }: Host): Promise<readonly string[]> => {
  const bad = (): readonly string[] => [
    ...engine.frequencies.flatMap(({ name }) => {
      const state = engine.health().frequencies.find((one) => one.name === name)?.state
      return state?.word === 'live' || state?.word === 'quiet' ? [] : [`${name} was ${state?.word ?? 'unknown'}`]
    }),
    ...(gaps.opened === gaps.closed ? [] : [`${gaps.opened - gaps.closed} gaps stayed open`]),
  ]
  const untilMs = performance.now() + backMs
  while (bad().length > 0 && performance.now() < untilMs) await wait(50)
  return bad()
}

/** What keeps this process alive, counted by kind; the pipes to the other processes aside. */
const leftovers = (): readonly string[] => {
  const kinds = process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP') || kind === 'Timeout')
  return [...new Set(kinds)].map((kind) => `${kinds.filter((one) => one === kind).length} ${kind}`)
}

interface Wanted {
  readonly minutes: number
  readonly rate: number
  readonly seed: number
  readonly calm: boolean
  readonly json: boolean
}

const run = async (values: Wanted): Promise<number> => {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())

  const measure = watch()
  const vendor = startPart('vendor')
  const order = (message: ToVendor): void => void vendor.send(message)
  const started = told(vendor, 'started')
  order({ kind: 'start', rate: values.rate, seed: values.seed, muteMs })
  const { ports } = await started
  const subject = await host({
    ports,
    onSegment: (frequency, segment) => order({ kind: 'segment', frequency, segment }),
  })
  const clients = startPart('clients', subject.publisher.url)

  await wait(warmUpMs, undefined, { signal: interrupted.signal }).catch(() => undefined)
  const before = subscribersNow()
  order({ kind: 'faults', isOn: !values.calm })
  const watched = measure(subject)
  const looks = await observe(watched, values, interrupted.signal)
  watched.stop()

  const calm = told(vendor, 'calm')
  order({ kind: 'faults', isOn: false })
  await calm
  const missing = await notBack(subject)
  const after = subscribersNow()
  order({ kind: 'closing' })
  const { links, frequencies } = subject.engine.health()
  const lostOf = (name: string): number => links.find((link) => link.frequencies.includes(name))?.lost ?? NaN
  const lost = Object.fromEntries(frequencies.map(({ name }) => [name, lostOf(name)]))
  const { cut } = subject.publisher.health()
  clients.disconnect()
  await subject.close()
  subject.cutSegments()

  const finished = told(vendor, 'finished')
  order({ kind: 'finish' })
  const { identity, faults, cuts, left, lagMaxMs } = await finished
  vendor.disconnect()
  const findings: Findings = {
    looks,
    identity,
    cuts,
    lost,
    left,
    atRest: { before, after },
    readers: subject.readers,
    misplacedGaps: subject.misplacedGaps,
    rejected: links.reduce((sum, { rejected }) => sum + rejected, 0),
    notBack: missing,
    leftovers: leftovers(),
  }
  const wrong = faultsOf(findings)
  const report = { findings, faults, cut, lagMaxMs: { host: watched.lag.maxMs(), vendor: lagMaxMs }, wrong }
  for (const line of values.json ? [reportJson(report)] : reportLines(report)) say(line)
  return wrong.length === 0 ? 0 : 1
}

const main = async (): Promise<number> => {
  const { values, operands, wantsHelp } = parse(options, process.argv.slice(2), process.env)
  if (wantsHelp) {
    say(['npm run soak -- [options]', '', ...optionLines(options)].join('\n'))
    return 0
  }
  if (operands.length > 0) throw new WrongUse(`soak takes options only, not ${String(operands[0])}; see --help`)
  return run(values)
}

const leave = async (): Promise<number> => {
  try {
    return await main()
  } catch (error) {
    const { code, line } = verdictOf(error)
    process.stderr.write(`soak: ${line}\n`)
    return code
  }
}

// By force: what was left behind, which the verdict has named, would keep the process alive.
const code = await leave()
process.stdout.write('', () => process.exit(code))
