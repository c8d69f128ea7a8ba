import { asyncScheduler } from 'rxjs'

import type { FrequencyChanges } from '../../streams/frequency.ts'
import type { EventLike } from '../../streams/model.ts'
import type { VendorRules, Where } from '../index.ts'
import { numberAt, numbered } from './numbers.ts'
import { type Deed, type EventType, type GarbageKind, type Name, type Ticker, tickersOf, typesOf } from './scenario.ts'
import type { World } from './world.ts'

const bad = '{"ev":"T","sym":"AAPL","p":-1}'

/** Does what a step says. Numbers are taken from the step's place, so that a run without other steps has the same ones. */
export const perform = (world: World, deed: Deed, step: number): void => {
  const { vendor, books, actorOf, whereOf, addressOf, note } = world
  // Each type counts by itself: a frame without one of them has the same numbers.
  const counts: Partial<Record<EventType, number>> = {}
  const event = (type: EventType, symbol: Ticker = 'AAPL'): EventLike => {
    const i = (counts[type] ?? 0) + 1
    counts[type] = i
    return numbered(type, numberAt(step, i), symbol)
  }
  const many = (types: readonly EventType[], each: number): EventLike[] =>
    Array.from({ length: each }).flatMap(() => types.map((type) => event(type)))

  const struck = (name: Name, letter: string, means: string, blow: (where: Where) => number): void => {
    const hit = blow(whereOf(name))
    note('faults', letter, `${means}, the link of ${name}${hit === 0 ? ' (not connected)' : ''}`)
  }

  const rule = (
    name: Name,
    letter: string,
    means: string,
    ms: number,
    rules: VendorRules,
    lifted: VendorRules,
  ): void => {
    const address = addressOf(name)
    vendor.change(rules, address)
    note('faults', letter, `${means} for ${String(ms)} ms, the link of ${name}`)
    later(ms, () => {
      vendor.change(lifted, address)
    })
  }

  const later = (ms: number, work: () => void): void => {
    const action = asyncScheduler.schedule(() => {
      world.lifts.delete(action)
      work()
    }, ms)
    world.lifts.add(action)
  }

  switch (deed.do) {
    case 'nothing':
      return
    case 'send': {
      const sent = Array.from({ length: deed.each }).flatMap(() => deed.types.map((type) => event(type, deed.ticker)))
      for (const type of deed.types) note(type, 's', 'a frame with events of that type')
      vendor.send(sent)
      return
    }
    case 'flood':
      note(deed.type, 'F', 'many frames in one chunk')
      vendor.flood(
        Array.from({ length: deed.frames }).map(() => many([deed.type], deed.each)),
        { where: whereOf(deed.at) },
      )
      return
    case 'repeat':
      // It may be one that nobody asked for.
      books.unasked(() => {
        struck(deed.at, '2', 'the last frame comes twice', vendor.repeat)
      })
      return
    case 'leak':
      note('faults', 'u', `events nobody asked for, the link of ${deed.at}`)
      books.unasked(() => {
        vendor.send(many(typesOf[deed.at], 1), { where: whereOf(deed.at), isUnasked: true })
      })
      return
    case 'garbage':
      note('faults', 'g', `garbage (${deed.kind}), the link of ${deed.at}`)
      garbage(world, deed.at, deed.kind, many(typesOf[deed.at], 1))
      return
    case 'lose':
      struck(deed.at, 'x', 'dropped without a close frame', vendor.lose)
      return
    case 'close':
      struck(deed.at, 'c', `closed with ${String(deed.code)}`, (where) => vendor.close(deed.code, where))
      return
    case 'evict':
      struck(deed.at, 'e', 'max_connections and 1008', vendor.evict)
      return
    case 'forceDisconnect':
      struck(deed.at, 'd', 'force_disconnect', vendor.forceDisconnect)
      return
    case 'slowConsumer':
      struck(deed.at, 'w', 'slow_consumer', vendor.slowConsumer)
      return
    case 'halfOpen':
      struck(deed.at, 'h', 'half open', vendor.halfOpen)
      return
    case 'tooLarge':
      struck(deed.at, 'l', 'a frame above the limit', vendor.tooLarge)
      return
    case 'stall':
      struck(deed.at, 'z', `stalls for ${String(deed.ms)} ms`, (where) => vendor.stall(deed.ms, where))
      return
    case 'refuse':
    case 'ignore': {
      const pairs = typesOf[deed.at].map((type) => (deed.what === 'all' ? type : `${type}.${deed.what}`))
      const which = deed.do === 'refuse' ? 'refuses' : 'ignores'
      note('faults', deed.do === 'refuse' ? 'r' : 'i', `${which} ${pairs.join(', ')} for ${String(deed.ms)} ms`)
      world.refusals[which].push(...pairs)
      vendor.change({ [which]: [...world.refusals[which]] })
      later(deed.ms, () => {
        for (const pair of pairs) world.refusals[which].splice(world.refusals[which].indexOf(pair), 1)
        vendor.change({ [which]: [...world.refusals[which]] })
      })
      return
    }
    case 'key':
      rule(deed.at, 'k', `the key is ${deed.key}`, deed.ms, { key: deed.key }, { key: 'good' })
      return
    case 'down':
      rule(deed.at, 'n', 'no connection opens', deed.ms, { isDown: true }, { isDown: false })
      return
    case 'mute':
      rule(deed.at, 'm', 'nobody is told connected', deed.ms, { isMute: true }, { isMute: false })
      return
    case 'acks':
      // Never as late as one another: a limit that begins with one answer would end with the next, and which comes first would hang on a turn.
      rule(
        deed.at,
        'a',
        `answers are ${JSON.stringify(deed.acks)}`,
        deed.ms,
        { acks: { ...deed.acks, driftMs: 0.25 } },
        { acks: {} },
      )
      return
    case 'connectionsMax':
      note('faults', 'b', `at most ${String(deed.max)} connections, the ${deed.evicts} goes, for ${String(deed.ms)} ms`)
      vendor.change({ connectionsMax: deed.max, evicts: deed.evicts })
      later(deed.ms, () => {
        vendor.change({ connectionsMax: Infinity })
      })
      return
    case 'pull':
      note(`readers of ${deed.at}`, 'p', 'pulls')
      actorOf(deed.at).reader.pull(deed.max)
      return
    case 'commit':
      note(`readers of ${deed.at}`, 'c', 'commits')
      actorOf(deed.at).reader.commit()
      return
    case 'commitOne':
      note(`readers of ${deed.at}`, '1', 'commits one')
      actorOf(deed.at).reader.commitOne()
      return
    case 'rewind':
      note(`readers of ${deed.at}`, 'r', 'rewinds')
      actorOf(deed.at).reader.rewind()
      return
    case 'leave':
      note(`readers of ${deed.at}`, 'x', 'leaves')
      actorOf(deed.at).reader.leave()
      return
    case 'comeBack':
      note(`readers of ${deed.at}`, 'b', 'comes back')
      actorOf(deed.at).reader.comeBack()
      return
    case 'loopThrows':
      note(`readers of ${deed.at}`, 't', 'its loop throws')
      actorOf(deed.at).loop?.throwNext(deed.times)
      return
    case 'operator':
      note(`operators of ${deed.at}`, deed.fault.charAt(0), `${deed.fault}, ${String(deed.times)} times`)
      actorOf(deed.at).operators.fail(deed.fault, deed.times)
      return
    case 'stop':
    case 'start':
      note('host', deed.do === 'stop' ? 'x' : 's', `${deed.do}s ${deed.at}`)
      actorOf(deed.at).handle[deed.do]()
      books.wish(deed.at, { isRunning: deed.do === 'start' })
      return
    case 'tickers': {
      const tickers = tickersOf(deed.tickers)
      note('host', 't', `${deed.at} wants ${String(tickers)}`)
      actorOf(deed.at).handle.setTickers(tickers)
      world.wants(deed.at, (frequency) => frequency.with({ tickers }))
      books.wish(deed.at, { tickers })
      return
    }
    case 'restart':
      note('host', 'r', `restarts ${deed.at}`)
      actorOf(deed.at).handle.restart()
      books.wish(deed.at, { isRunning: true })
      return
    case 'setOperators': {
      const { handle, operators } = actorOf(deed.at)
      note('host', 'o', `${deed.at} gets other operators: ${deed.stages}`)
      handle.setOperators((own) => {
        const next = operators.stagesOf(deed.stages)(own)
        world.wants(deed.at, () => next)
        return next
      })
      return
    }
    case 'change':
      note('host', 'c', `changes the ${deed.to} of ${deed.at}${deed.isWhole === true ? ' by reconfigure' : ''}`)
      change(world, deed)
      return
  }
}

/** Once more is back again. */
const change = (world: World, { at: name, to, isWhole = false }: Extract<Deed, { do: 'change' }>): void => {
  const { books, actorOf } = world
  const actor = actorOf(name)
  const { types, tickers } = books.wishOf(name)
  const tell = (changes: FrequencyChanges): void => {
    world.wants(name, (frequency) => frequency.with(changes))
    if (isWhole) world.reconfigure(name)
    else actor.handle.change(changes)
  }
  switch (to) {
    case 'own':
    case 'shared': {
      const address = to === 'own' ? `/${name}` : '/stocks'
      tell({ url: `ws://vendor${address}` })
      books.wish(name, { address })
      return
    }
    case 'key':
      actor.hasOtherKey = !actor.hasOtherKey
      tell({ key: actor.hasOtherKey ? 'another key' : undefined })
      return
    case 'types': {
      const next = types.length === 1 ? typesOf[name] : typesOf[name].slice(0, 1)
      tell({ channels: next })
      books.wish(name, { types: next })
      return
    }
    case 'tickers': {
      const next = tickersOf(tickers === '*' ? 2 : '*')
      tell({ tickers: next })
      books.wish(name, { tickers: next })
      return
    }
  }
}

/** What is no event, in every form, with good events of one frequency beside it where the frame lets them be seen. */
const garbage = ({ vendor, whereOf }: World, name: Name, kind: GarbageKind, good: readonly EventLike[]): void => {
  const where = whereOf(name)
  const [first, ...others] = good
  if (first === undefined) return
  switch (kind) {
    case 'element':
      vendor.send([first, bad], { where })
      return
    case 'between':
      vendor.send([bad, 'nonsense', first, '7', ...others, 'null'], { where })
      return
    case 'breaks':
      vendor.send([...good, '{"ev":"T"'], { where })
      return
    case 'unknownEvent':
      vendor.send([first, '{"ev":"ZZ","sym":"A"}', '{"no":"ev"}'], { where })
      return
    case 'unknownStatus':
      vendor.send([first, '{"ev":"status","status":"odd","message":"?"}', ...others], { where })
      return
    case 'noJson':
      vendor.sendText('what is this', typesOf[name][0])
      return
    case 'empty':
      vendor.sendText('', typesOf[name][0])
      return
    case 'emptyList':
      vendor.sendText('[]', typesOf[name][0])
      return
  }
}
