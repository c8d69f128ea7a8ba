import { didYouMean } from '../../didYouMean.ts'
import { hostStems, type HostStem } from '../plans.ts'
import { knownChannels } from '../subscriptions.ts'
import {
  faultNames,
  garbageKinds,
  lastingFaults,
  oversizedDefault,
  oversizedMost,
  type Fault,
  type FaultName,
} from './fault.ts'
import { channelOf, isPattern, type Selector } from './selector.ts'
import { isTime, readerOf, wordsOf, type Reader } from './words.ts'

/** One line of a timetable. Times are milliseconds from the moment that the simulator listens. */
export interface Entry {
  /** As it was written, for the log. */
  readonly text: string
  /** `random`: one of those that an engine returns from by itself, at one connection. */
  readonly fault: Fault | 'random'
  readonly selector: Selector
  readonly fromMs: number
  /** Again and again; for `random`, about so often. */
  readonly everyMs?: number
  /** When it ends, or, of a fault that lasts, is lifted. */
  readonly untilMs?: number
}

const unitBytes: Readonly<Record<string, number>> = { b: 1, kb: 1000, mb: 1e6, kib: 1024, mib: 1024 * 1024 }

const sizeForm = /^(\d+(?:\.\d+)?)(b|kb|mb|kib|mib)$/i

/** The next time of `every` and `random` has to be a later one. */
const everyLeast = 10

/** `half-open` and `halfopen` are `halfOpen`. */
const plain = (word: string): string => word.toLowerCase().replaceAll(/[-_]/g, '')

const nameOf = (word: string): FaultName | undefined => faultNames.find((name) => plain(name) === plain(word))

const list = (words: Iterable<string>): string => [...words].join(', ')

interface Aim {
  readonly channels: string[]
  host: HostStem | undefined
  path: string | undefined
}

const selectorOf = ({ channels, host, path }: Aim): Selector => ({
  ...(channels.length === 0 ? {} : { channel: channels }),
  ...(host === undefined ? {} : { host }),
  ...(path === undefined ? {} : { path }),
})

/** Whom it hits, if this word says it. */
const aims = (aim: Aim, text: string): boolean => {
  const host = hostStems.find((stem) => stem === text)
  if (isPattern(text)) aim.channels.push(text)
  else if (host !== undefined && aim.host === undefined) aim.host = host
  else if (text.startsWith('/') && aim.path === undefined) aim.path = text
  else return false
  return true
}

/** What may stand behind a fault's name besides whom it hits, in words. */
const extras: Partial<Record<FaultName, string>> = {
  freeze: 'how long, such as 3s',
  garbage: `one of ${list(garbageKinds)}`,
  oversized: 'a size such as 20MB',
}

const refuseWord = (reader: Reader, name: FaultName): never => {
  const word = reader.peek() ?? ''
  const channel = channelOf(word)
  const hint =
    channel !== channel.toUpperCase() && knownChannels.has(channel.toUpperCase())
      ? `; did you mean ${channel.toUpperCase()}${word.slice(channel.length)}?`
      : didYouMean(word, [...hostStems, ...(name === 'garbage' ? garbageKinds : [])])
  const extra = extras[name]
  return reader.refuse(
    `${name} does not take this${hint || ''}${hint === '' ? ';' : ''} expected a channel such as T, T.* or T.GME (of ${list(knownChannels)}), a host (${list(hostStems)}), a path such as /stocks${extra === undefined ? '' : `, ${extra}`}, or @ and a time`,
  )
}

/** The words between a fault's name and `@`. */
const faultOf = (reader: Reader, name: FaultName): { readonly fault: Fault; readonly selector: Selector } => {
  const aim: Aim = { channels: [], host: undefined, path: undefined }
  let ms: number | undefined
  let bytes: number | undefined
  let kind: (typeof garbageKinds)[number] | undefined

  for (let text = reader.peek(); text !== undefined && text !== '@'; text = reader.peek()) {
    const size = sizeForm.exec(text)
    const garbage = garbageKinds.find((one) => one === text)
    if (name === 'freeze' && ms === undefined && isTime(text)) ms = reader.time('how long', 1)
    else if (name === 'oversized' && bytes === undefined && size !== null) {
      bytes = Math.round(Number(size[1]) * (unitBytes[(size[2] ?? '').toLowerCase()] ?? NaN))
      if (bytes < 1 || bytes > oversizedMost)
        reader.refuse(`expected a size from 1B to ${oversizedMost / 1024 / 1024}MiB`)
      reader.take()
    } else if (name === 'garbage' && kind === undefined && garbage !== undefined) {
      kind = garbage
      reader.take()
    } else if (aims(aim, text)) reader.take()
    else refuseWord(reader, name)
  }

  switch (name) {
    case 'freeze':
      return {
        fault: { name, ms: ms ?? reader.refuse('for how long? Such as freeze 3s@20s') },
        selector: selectorOf(aim),
      }
    case 'garbage':
      return { fault: { name, kind: kind ?? 'json' }, selector: selectorOf(aim) }
    case 'oversized':
      return { fault: { name, bytes: bytes ?? oversizedDefault }, selector: selectorOf(aim) }
    case 'refuse': {
      const { channels, ...rest } = aim
      if (channels.length === 0) reader.refuse('which channels? Such as refuse T.GME@5s..60s')
      return { fault: { name, channels }, selector: selectorOf({ ...rest, channels: [] }) }
    }
    default:
      return { fault: { name }, selector: selectorOf(aim) }
  }
}

interface When {
  readonly fromMs?: number
  readonly untilMs?: number
}

/** `@5s` or `@5s..60s`, if it is there. */
const whenOf = (reader: Reader): When => {
  if (reader.peek() !== '@') return {}
  reader.take()
  const fromMs = reader.time('a time')
  if (reader.peek() !== '..') return { fromMs }

  reader.take()
  const end = reader.word()
  const untilMs = reader.time('a time')
  if (untilMs <= fromMs) reader.refuse('expected a later time than the one before it', end)
  return { fromMs, untilMs }
}

const entryOf = (text: string, at: number): Entry => {
  const trimmed = text.trim()
  const reader = readerOf(wordsOf(text, at), at + text.trimEnd().length)
  const first = reader.take()
  if (first === undefined) return reader.refuse(`expected a fault: ${list(faultNames)}, or every, random`)
  const opening = first.text.toLowerCase()

  const finish = (entry: Omit<Entry, 'text' | 'fromMs'>, { fromMs, untilMs }: When): Entry => {
    if (reader.peek() !== undefined) reader.refuse('expected a comma, or the end')
    const { everyMs } = entry
    return { text: trimmed, fromMs: fromMs ?? everyMs ?? 0, ...entry, ...(untilMs === undefined ? {} : { untilMs }) }
  }

  if (opening === 'random') {
    const everyMs = reader.time('about how often', everyLeast)
    return finish({ fault: 'random', selector: {}, everyMs }, whenOf(reader))
  }

  const everyMs = opening === 'every' ? reader.time('how often', everyLeast) : undefined
  const word = everyMs === undefined ? first : reader.take()
  if (word === undefined) return reader.refuse(`expected a fault: ${list(faultNames)}`)
  const name = nameOf(word.text)
  if (name === undefined) {
    const hint = didYouMean(word.text, [...faultNames, ...(everyMs === undefined ? ['every', 'random'] : [])])
    return reader.refuse(`no such fault${hint || ';'} there are ${list(faultNames)}; and every, random`, word)
  }

  const isLasting = lastingFaults.some((lasting) => lasting === name)
  if (everyMs !== undefined && isLasting) {
    return reader.refuse(
      `${name} lasts until it is lifted, so it cannot come again and again; say ${name} … @5s..60s`,
      word,
    )
  }
  const { fault, selector } = faultOf(reader, name)
  const when = whenOf(reader)
  if (everyMs !== undefined) return finish({ fault, selector, everyMs }, when)

  if (when.fromMs === undefined)
    return reader.refuse(`when? Such as ${name} … @5s, or every 30s ${isLasting ? 'kill' : name}`)
  if (when.untilMs !== undefined && !isLasting) {
    return reader.refuse(`${name} happens at one moment: say @5s, or every 10s ${name} … @5s..60s`, word)
  }
  return finish({ fault, selector }, when)
}

/**
 * A timetable of faults, parted by commas.
 *
 *     kill@5s                          every connection, five seconds after the start
 *     halfOpen T@10s                   whoever holds a pair of T then; T.* or T.GME: that very pair
 *     freeze AM 3s@20s                 for three seconds
 *     every 30s kill business          again and again, on that host; every 30s kill@5s..2m: between those two
 *     refuse T.GME@5s..60s             lasts, and is lifted at the end
 *     random 20s                       one by chance, about every twenty seconds
 *
 * Words may stand in any order between the fault and `@`. Throws `ChaosSpecError` at the first thing that is wrong.
 */
export const parseChaos = (spec: string): readonly Entry[] => {
  const entries: Entry[] = []
  let at = 0
  for (const text of spec.split(',')) {
    entries.push(entryOf(text, at))
    at += text.length + 1
  }
  return entries
}
