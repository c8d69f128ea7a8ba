import type { SimulatorLogger } from '../options.ts'
import type { Chaos } from './chaos.ts'
import { garbageKinds, oversizedDefault, oversizedMost, type Fault, type FaultName } from './fault.ts'
import type { SentFile } from '../sentFile.ts'
import { checkPattern, checkSelector, type Selector } from './selector.ts'
import { strike, type StrikeSources, type Struck } from './strike.ts'
import { timeMost } from './words.ts'

export interface ChaosSources extends StrikeSources {
  readonly logger: SimulatorLogger
  readonly file: SentFile | undefined
}

/** A fault that lasts and has not been lifted. */
interface Lasting {
  readonly name: FaultName
  readonly lift: () => void
}

/** The door with what the timetable needs besides. */
export interface ChaosRoom {
  readonly door: Chaos
  /** Done, written down and logged once. What it lifts is taken back also by `Chaos.lift`. */
  strike(fault: Fault, selector: Selector): Struck
}

const wholeFrom = (what: string, value: number, least: number, most: number): void => {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`chaos: ${what} is ${String(value)}; expected a whole number from ${least} to ${most}`)
}

const checkFault = (fault: Fault): void => {
  if (fault.name === 'freeze') wholeFrom('freeze, milliseconds,', fault.ms, 1, timeMost)
  if (fault.name === 'oversized') wholeFrom('oversized, bytes,', fault.bytes, 1, oversizedMost)
  if (fault.name === 'garbage' && !garbageKinds.includes(fault.kind))
    throw new RangeError(`chaos: garbage is ${JSON.stringify(fault.kind)}; expected one of ${garbageKinds.join(', ')}`)
  if (fault.name === 'refuse') {
    if (fault.channels.length === 0)
      throw new RangeError('chaos: refuse has no channel; expected one such as T or T.GME')
    for (const channel of fault.channels) checkPattern(channel)
  }
}

/** Holds the lasting faults that have not been lifted. */
export const createChaos = ({ logger, file, ...sources }: ChaosSources): ChaosRoom => {
  const lasting = new Set<Lasting>()

  const strikeNow = (fault: Fault, selector: Selector): Struck => {
    checkFault(fault)
    checkSelector(selector)
    const { hit, lift } = strike(fault, selector, sources)
    const { name, ...facts } = fault
    file?.fault(fault.name, hit)
    // No account: it may be a key.
    logger.warn({ fault: name, ...facts, connections: hit }, `simulator chaos: ${name}`)
    if (lift === undefined) return { hit }

    const one: Lasting = {
      name,
      lift: () => {
        if (!lasting.delete(one)) return
        lift()
        logger.warn({ fault: name, ...facts }, `simulator chaos: ${name} is lifted`)
      },
    }
    lasting.add(one)
    return { hit, lift: one.lift }
  }

  const count = (fault: Fault, selector: Selector = {}): number => strikeNow(fault, selector).hit.length

  return {
    strike: strikeNow,
    door: {
      kill: (selector) => count({ name: 'kill' }, selector),
      halfOpen: (selector) => count({ name: 'halfOpen' }, selector),
      freeze: (ms, selector) => count({ name: 'freeze', ms }, selector),
      slowReader: (selector) => count({ name: 'slowReader' }, selector),
      garbage: (kind, selector) => count({ name: 'garbage', kind }, selector),
      oversized: (bytes = oversizedDefault, selector) => count({ name: 'oversized', bytes }, selector),
      noPong: (selector) => count({ name: 'noPong' }, selector),
      evict: (selector) => count({ name: 'evict' }, selector),
      wrongKey: (selector) => count({ name: 'wrongKey' }, selector),
      refuse: (channels, selector) =>
        count({ name: 'refuse', channels: typeof channels === 'string' ? [channels] : channels }, selector),
      forceDisconnect: (selector) => count({ name: 'forceDisconnect' }, selector),
      authTimeout: (selector) => count({ name: 'authTimeout' }, selector),
      serverError: (selector) => count({ name: 'serverError' }, selector),
      goingAway: (selector) => count({ name: 'goingAway' }, selector),
      lift: (fault) => {
        const all = [...lasting].filter(({ name }) => fault === undefined || name === fault)
        for (const one of all) one.lift()
        return all.length
      },
    },
  }
}
