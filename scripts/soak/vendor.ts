import { simulate } from 'tickstock/simulator'

import { comparison, type Identity, type Segment } from './identity.ts'
import { lagMeter } from './lag.ts'
import { type Fault, proxy, type Proxy } from './proxy.ts'

/*
 * The other side of the engine, a process of its own: a simulated market and, between it and each link, a proxy that makes
 * faults happen one after the other. Compares what the proxies have passed on with what its parent says has arrived.
 */

/** The market's time goes this many times as fast as the clock, so that bars come every few seconds. */
const speed = 20
const stepMs = 200

/** Between two faults, milliseconds, on average; each wait is from half of it to one and a half. */
const faultEveryMs = 2000

/** In this mixture. */
const mixture: readonly Fault[] = [
  ...(['end', 'end', 'end', 'reset', 'reset', 'stall', 'stall'] as const),
  ...(['halfOpen', 'refuse', 'handshake'] as const),
]

export const frequencies = ['per_second', 'per_minute', 'fair_market_value'] as const
export type FrequencyName = (typeof frequencies)[number]

export type ToVendor =
  | { readonly kind: 'start'; readonly rate: number; readonly seed: number; readonly muteMs: number }
  /** Faults from now on, or none any more: then `calm` is the answer when the engine has noticed the last one. */
  | { readonly kind: 'faults'; readonly isOn: boolean }
  | { readonly kind: 'segment'; readonly frequency: FrequencyName; readonly segment: Segment }
  /** The engine is about to close: that it leaves tells nothing any more. */
  | { readonly kind: 'closing' }
  | { readonly kind: 'finish' }

export type FromVendor =
  | { readonly kind: 'calm' }
  | { readonly kind: 'started'; readonly ports: Readonly<Record<FrequencyName, number>> }
  | {
      readonly kind: 'finished'
      readonly identity: Readonly<Record<FrequencyName, Identity>>
      /** How often each fault was made; `starved` are connections that the machine was too slow for. */
      readonly faults: Readonly<Record<string, number>>
      /** How many of a frequency's connections they cost. */
      readonly cuts: Readonly<Record<FrequencyName, number>>
      /** How many the engine left although something came through them. */
      readonly left: Readonly<Record<FrequencyName, number>>
      readonly lagMaxMs: number
    }

/** Numbers from 0 up to but not 1: mulberry32. */
const chance = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Fair values come once a simulated second and ticker: a fifth of all events, and the rest are trades. */
const marketFor = (rate: number): { readonly tickers: number; readonly rate: number } => {
  const tickers = Math.min(Math.max(Math.round(rate / (5 * speed)), 1), 500)
  return { tickers, rate: Math.max(rate - tickers * speed, rate / 2) / speed }
}

const tell = (message: FromVendor): void => void process.send?.(message)

const start = async ({ rate, seed, muteMs }: Extract<ToVendor, { kind: 'start' }>): Promise<void> => {
  const random = chance(seed)
  const simulator = await simulate({ seed, speed, stepMs, connections: 1000, ...marketFor(rate) })
  const proxies = Object.fromEntries(
    await Promise.all(frequencies.map(async (name) => [name, await proxy(simulator.port, muteMs)] as const)),
  ) as Readonly<Record<FrequencyName, Proxy>>
  const comparisons = Object.fromEntries(
    frequencies.map((name) => [name, comparison(proxies[name].passed)]),
  ) as Readonly<Record<FrequencyName, ReturnType<typeof comparison>>>
  const made: Record<string, number> = {}
  const cuts = { per_second: 0, per_minute: 0, fair_market_value: 0 }
  const left = { per_second: 0, per_minute: 0, fair_market_value: 0 }
  const meter = lagMeter()
  meter.resume()
  let isOn = false

  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const strike = (): void => {
    setTimeout(strike, faultEveryMs * (0.5 + random()))
    const name = one(frequencies)
    const fault = one(mixture)
    if (!isOn || !proxies[name].strike(fault)) return
    made[fault] = (made[fault] ?? 0) + 1
    if (fault !== 'stall') cuts[name] += 1
  }
  strike()

  const calm = (): void => {
    if (frequencies.every((name) => proxies[name].isNoticed())) tell({ kind: 'calm' })
    else setTimeout(calm, 20)
  }

  process.on('message', (message: ToVendor) => {
    if (message.kind === 'faults') {
      isOn = message.isOn
      if (!isOn) calm()
    } else if (message.kind === 'segment') comparisons[message.frequency].take(message.segment)
    else if (message.kind === 'closing') {
      for (const name of frequencies) {
        const { starved, healthy } = proxies[name].left
        left[name] = healthy
        cuts[name] += starved
        if (starved > 0) made.starved = (made.starved ?? 0) + starved
      }
    } else if (message.kind === 'finish') {
      const identity = Object.fromEntries(frequencies.map((name) => [name, comparisons[name].finish()])) as Readonly<
        Record<FrequencyName, Identity>
      >
      tell({ kind: 'finished', identity, faults: made, cuts, left, lagMaxMs: meter.maxMs() })
    }
  })
  const [first, second, third] = frequencies
  tell({
    kind: 'started',
    ports: { [first]: proxies[first].port, [second]: proxies[second].port, [third]: proxies[third].port },
  })
}

process.once('message', (message: ToVendor) => {
  if (message.kind === 'start') void start(message)
})
// A terminal tells all three processes; the parent decides when this one ends, and it does not outlive it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined)
process.on('disconnect', () => process.exit())
