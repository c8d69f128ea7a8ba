import { addressOf, type Deed, frequencyNames, type Name, ownerOf, quickTurnMs, type Scenario } from './scenario.ts'
import type { Outcome } from './run.ts'

const readers: readonly Deed['do'][] = ['pull', 'commit', 'commitOne', 'rewind', 'leave', 'comeBack', 'loopThrows']
const operators: readonly Deed['do'][] = ['operator', 'setOperators']
const host: readonly Deed['do'][] = ['stop', 'start', 'tickers', 'restart', 'change']
const rules: readonly Deed['do'][] = ['key', 'down', 'mute', 'acks']
const refusals: readonly Deed['do'][] = ['refuse', 'ignore']
const data: readonly Deed['do'][] = ['garbage', 'leak', 'flood']

/**
 * The same scenario without what was done to one frequency, in its place nothing, so that every step keeps its number and moment.
 * Undefined where the others may differ for a reason.
 *
 * On a link of its own everything that is done to it goes. On a shared one only what happens above the link goes: its operators, its
 * readers, its data, bad or good, and its refusals. What stays away there, and why:
 * - a full lane that blocks stops the link, by design;
 * - a small inbox pauses the socket for all, and what is held up there is lost with the connection. A turn of grace for a reader that
 *   loops is then a turn more of it, and whether there is one depends on what readers and operators do;
 * - a frame that is repeated would be another one;
 * - data is a sign of life, so a connection that says nothing any more is given up later or earlier;
 * - one message is in flight on a link, so a refused channel holds up what a neighbour asks for in the next one, and of two
 *   that are refused in one message neither is known before the limit.
 */
export const withoutFaultsOf = ({ setup, worst, steps }: Scenario, victim: Name): Scenario | undefined => {
  const did = (...deeds: readonly Deed['do'][]): boolean => steps.some(({ deed }) => deeds.includes(deed.do))
  // Connections are counted for all links together: whoever comes back takes another one's place, and whoever is sent away shows
  // that there are too many, after which they are shared out anew.
  if (setup.turnMs !== quickTurnMs || did('connectionsMax', 'evict') || setup.budget > 0) return undefined
  // Who moves comes to others, or leaves them.
  const moves = steps.filter(({ deed }) => deed.do === 'change' && !['tickers', 'types'].includes(deed.to))
  if (moves.some(({ deed }) => setup.layout !== 'own' || !('at' in deed) || deed.at !== victim)) return undefined

  const address = addressOf(setup.layout, victim)
  const neighbours = frequencyNames.filter((name) => name !== victim && addressOf(setup.layout, name) === address)
  const isAlone = neighbours.length === 0 || setup.layout === 'dedicated'
  if (!isAlone && setup.frequencies[victim].whenFull === 'block') return undefined

  const isRoomy = setup.inboxBytes > 10_000 && setup.turnBytes > 10_000 && !did('repeat', 'halfOpen')
  const isSettled =
    setup.channelsPerMessage > 10 &&
    !did('acks') &&
    !steps.some(({ deed }) => [...host, ...refusals].includes(deed.do) && 'at' in deed && neighbours.includes(deed.at))
  const isEven = isRoomy || !setup.frequencies[victim].isLooped
  const above: readonly Deed['do'][] = [
    ...(isEven ? operators : []),
    ...(isEven ? readers : []),
    ...(isRoomy ? data : []),
    ...(isSettled && isRoomy ? refusals : []),
  ]

  const left = (deed: Deed): Deed => {
    if (deed.do === 'send') {
      const types = isAlone || isRoomy ? deed.types.filter((type) => ownerOf[type] !== victim) : deed.types
      return types.length === 0 ? { do: 'nothing' } : { ...deed, types }
    }
    if (!('at' in deed) || deed.at !== victim) return deed
    // Rules belong to an address, and this one is everybody's.
    if (setup.layout === 'dedicated' && rules.includes(deed.do)) return deed
    return isAlone || above.includes(deed.do) ? { do: 'nothing' } : deed
  }
  return { setup, worst, steps: steps.map(({ waitMs, deed }) => ({ waitMs, deed: left(deed) })) }
}

/** What the others have seen differently; undefined when it is the same. */
export const differenceBetween = (victim: Name, withFaults: Outcome, without: Outcome): string | undefined => {
  for (const name of frequencyNames) {
    if (name === victim) continue
    const [was, would] = [withFaults.traces[name], without.traces[name]]
    const at = [...was, ...would].findIndex((_, i) => was[i] !== would[i])
    if (at !== -1) {
      return `${victim} changed what ${name} sees: "${was[at] ?? 'nothing more'}", and without the faults of ${victim} "${would[at] ?? 'nothing more'}"`
    }
  }
  return undefined
}
