import { channelsOf } from '../../streams/tickers.ts'
import type { LedgerRow } from '../../streams/ledger.ts'
import { look } from './look.ts'
import { numberAt, numbered } from './numbers.ts'
import { eventTypes, frequencyNames, type Name } from './scenario.ts'
import type { World } from './world.ts'

const wellWords = ['live', 'quiet', 'stale']

/** How long things may take once nothing is broken any more, without and with a quarantine. */
const patienceMs = 6_000
const quarantineMs = 140_000

/** Longer than any cool-down. */
const evictedMs = 1_500

/** What a host does about a link that has given up: all that is on it leaves it and comes back. */
const again = ({ actors, addressOf }: World, name: Name): void => {
  const neighbours = actors.filter((other) => addressOf(other.name) === addressOf(name))
  for (const { handle } of neighbours) handle.stop()
  for (const { handle } of neighbours) handle.start()
  for (const { handle } of neighbours) handle.restart()
}

/**
 * Mends everything, and waits until the engine is well: every frequency live, the vendor's subscriptions those that are wanted,
 * every event that is sent comes, every gap is closed and every loss in one.
 */
export const mended = async (world: World, steps: number): Promise<void> => {
  const { vendor, actors, books, engine, fail, lifts, refusals } = world
  for (const lift of lifts) lift.unsubscribe()
  lifts.clear()
  refusals.refuses.length = 0
  refusals.ignores.length = 0
  vendor.change({
    refuses: [],
    ignores: [],
    key: 'good',
    isDown: false,
    isMute: false,
    acks: {},
    connectionsMax: Infinity,
  })
  for (const { name, handle, operators, loop } of actors) {
    operators.mend()
    loop?.mend()
    handle.start()
    books.wish(name, { isRunning: true })
  }

  let sends = 0
  const probe = (): void => {
    const step = steps + sends
    sends += 1
    vendor.send(eventTypes.map((type, i) => numbered(type, numberAt(step, i + 1), 'AAPL')))
  }
  const words = new Map<string, string>()
  const subscriptions = actors.map(({ name, handle }) =>
    handle.state$.subscribe(({ word }) => {
      words.set(name, word)
    }),
  )
  const wordsAre = (...some: readonly string[]): boolean => [...words.values()].some((word) => some.includes(word))

  let spentMs = 0
  while (world.violations.length === 0 && !isWell(world, words)) {
    if (spentMs > (wordsAre('quarantined') ? quarantineMs : patienceMs)) {
      const held = vendor.connections().map(({ url, channels }) => `${url}: ${channels.join(', ')}`)
      const states = [...words].map(([name, word]) => `${name} is ${word}`)
      fail(
        `all is mended, and after ${String(spentMs)} ms it is not well: ${states.join(', ')}; the vendor holds ${held.join(' and ') || 'nothing'}`,
      )
      break
    }
    // These only a host can end; an eviction by other clients ends by itself, one for want of a connection does not.
    for (const { name } of actors) {
      if (words.get(name) === 'halted' || (words.get(name) === 'evicted' && spentMs > evictedMs)) again(world, name)
    }
    // Quick at first, since mostly all is well at once.
    const ms = wordsAre('quarantined') ? 2_000 : Math.min(40 + Math.floor(spentMs / 4), 400)
    await world.pass(ms)
    spentMs += ms
    look(world)
    await drained(world, 30)
    // Who is quarantined gets well by an event.
    if (wordsAre('quarantined')) probe()
  }
  for (const subscription of subscriptions) subscription.unsubscribe()
  if (world.violations.length > 0) return

  // Whatever is held up still, by a stall or a full lane.
  await world.pass(300)
  await drained(world, 200)
  const before = actors.map(({ name }) => books.wishOf(name).types.map((type) => books.offsetOf(name, type)))
  probe()
  await world.pass(10)
  look(world)
  actors.forEach(({ name, reader }, i) => {
    reader.drain()
    books.wishOf(name).types.forEach((type, t) => {
      if (books.offsetOf(name, type) !== (before[i]?.[t] ?? 0) + 1)
        fail(`${name} is well, and a ${type} that is sent does not come`)
    })
  })
  if (world.violations.length > 0) return
  books.close()
  for (const { inbox, id } of engine.health().links) {
    if (inbox.frames > 0) fail(`${String(inbox.frames)} frames are left in the inbox of ${id}`)
  }
}

/** Lets the readers take what there is, until nothing is held up by them any more. */
const drained = async (world: World, turnsMax: number): Promise<void> => {
  for (let turns = 0; turns < turnsMax; turns += 1) {
    for (const { reader } of world.actors) reader.drain()
    if (!isHolding(world.engine.ledger().rows)) return
    await world.pass(10)
  }
}

const isHolding = (rows: readonly LedgerRow[]): boolean =>
  rows.some(({ figures: { inInbox = 0, backlog = 0 } }) => inInbox + backlog > 0)

/** Whether every frequency is live, and every channel that is wanted is held once, and nothing else. */
const isWell = ({ vendor, books }: World, words: ReadonlyMap<string, string>): boolean => {
  if (![...words.values()].every((word) => wellWords.includes(word))) return false
  const wanted = frequencyNames.flatMap((name) => {
    const { types, tickers, address } = books.wishOf(name)
    return channelsOf(types, tickers).map((channel) => `${address} ${channel}`)
  })
  const connections = vendor.connections()
  const held = connections.flatMap(({ url, channels }) =>
    channels.map((channel) => `${new URL(url).pathname} ${channel}`),
  )
  return (
    connections.every(({ channels, isHalfOpen }) => !isHalfOpen && channels.length > 0) &&
    held.length === wanted.length &&
    wanted.every((channel) => held.includes(channel))
  )
}
