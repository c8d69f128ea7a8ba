import { sentence } from '../../streams/codecs/reject.ts'
import type { EventLike } from '../../streams/model.ts'
import type { Account, Books, Entry } from './books.ts'
import type { Happening, Values } from './diagram.ts'
import { aligned, namesOf } from './drawing.ts'

/** One thing that was lost, when the vendor had it, and who says so; nobody when it is lost in silence. */
interface Loss {
  readonly frame: number
  readonly event: EventLike | undefined
  readonly how: string
  readonly saidBy: string | undefined
}

/**
 * Undefined when a frequency has lost nothing, or nothing in silence; else what, for people:
 *
 *     per_second lost 2 of 4 events
 *       sent  -a-b-c-d
 *       lost  ---b-c--
 *       b at 3: was on its way when the connection was lost; the gap marble-1 says so
 *       c at 5: no connection carried it; the gap marble-1 says so
 */
export const lossesOf = (account: Account, books: Books, isSilentOnly: boolean, values: Values): string | undefined => {
  const all = [...missing(account, books), ...buried(account), ...unread(account), ...readersLost(account, books)]
  const losses = all.filter(({ saidBy }) => !isSilentOnly || saidBy === undefined)
  if (losses.length === 0) return undefined

  const names = namesOf(values)
  const owed = account.entries.filter(({ isOwed, isIn }) => isOwed || isIn)
  const lost = losses.flatMap(({ frame, event }) => (event === undefined ? [] : [{ frame, event }]))
  const drawing = aligned([owed.map(drawn), lost.map(drawn)], names)
  const said = losses.map(({ frame, event, how, saidBy }) => {
    const who = event === undefined ? '' : `${names.of(event)} at ${String(frame)}: `
    return `  ${who}${how}${saidBy === undefined ? ', and nothing says so' : `; ${saidBy}`}`
  })
  const letters = [...owed, ...lost].map(({ event }) => names.of(event))
  const silently = isSilentOnly ? ' in silence' : ''
  return [
    lost.length > 0
      ? `${account.name} lost ${String(lost.length)} of ${String(owed.length)} events${silently}`
      : `${account.name} lost something${silently}`,
    ...(owed.length === 0 ? [] : [`  sent  ${drawing.lines[0] ?? ''}`, `  lost  ${drawing.lines[1] ?? ''}`]),
    ...said.slice(0, linesMax),
    ...(said.length > linesMax ? [`  and ${String(said.length - linesMax)} more`] : []),
    ...names.explained(letters).slice(0, linesMax),
  ].join('\n')
}

const linesMax = 30

/** Undefined when a frequency has kept the order; else what came where, for people. */
export const disorderOf = (
  { name, outOfOrder, entries, passed, places }: Account,
  values: Values,
): string | undefined => {
  const late = outOfOrder[0]
  const names = namesOf(values)
  if (late !== undefined) {
    const isKnown = entries.some(({ event }) => event.ev === late.event.ev && names.of(event) === names.of(late.event))
    const why = isKnown
      ? 'came behind an event that was sent after it, or more often than it was sent'
      : 'was never sent'
    return [
      `${name} does not keep the order: ${names.of(late.event)} at ${String(late.frame)} ${why}`,
      ...names.explained([names.of(late.event)]),
    ].join('\n')
  }
  let newest: { readonly event: EventLike; readonly place: number } | undefined
  for (const { event, frame } of passed) {
    const place = places.get(event)
    if (place === undefined) continue
    if (newest !== undefined && place < newest.place) {
      const [one, other] = [names.of(event), names.of(newest.event)]
      return [
        `${name} does not keep the order: its operators gave out ${one} at ${String(frame)}, behind ${other}, and ${one} had come in first`,
        ...names.explained([one, other]),
      ].join('\n')
    }
    newest = { event, place }
  }
  return undefined
}

const drawn = ({ frame, event }: { readonly frame: number; readonly event: EventLike }): Happening => ({
  frame,
  notification: { kind: 'N', value: event },
})

const missing = ({ name, entries }: Account, books: Books): readonly Loss[] => {
  const health = books.health()
  // What still waits when the drawing is over is not lost.
  const link = health.links.find(({ frequencies }) => frequencies.includes(name))
  const isWaiting = (link?.inbox.frames ?? 0) > 0
  return entries.flatMap((entry) => {
    if (!entry.isOwed || entry.isIn || (entry.isHanded && isWaiting) || books.isOnItsWay(entry)) return []
    const saidBy = entry.gap === undefined ? undefined : `the gap ${entry.gap} says so`
    return [{ frame: entry.frame, event: entry.event, how: howMissed(entry, books), saidBy }]
  })
}

const howMissed = (entry: Entry, books: Books): string => {
  if (entry.connection === undefined) return 'no connection carried it'
  if (entry.isHanded) return 'was handed to the engine and never came in'
  return books.isUnnoticed(entry)
    ? 'went into a half-open connection; the drawing ends before the engine can notice'
    : 'was on its way when the connection was lost'
}

const buried = ({ deadLetters, entries }: Account): readonly Loss[] =>
  deadLetters.flatMap(({ letter, frame }) => {
    const how = `became a dead letter (${letter.reason}: ${String(letter.error)})`
    if (letter.events.length === 0) {
      const what = `a timer of the operators threw at ${String(frame)} (${String(letter.error)}), and what they held is gone`
      return [{ frame, event: undefined, how: what, saidBy: 'deadLetter$ says so' }]
    }
    return letter.events.map((event): Loss => {
      const key = JSON.stringify({ ...(event as EventLike), revision: undefined, late: undefined })
      const entry = entries.find((one) => one.key === key && one.isIn)
      return { frame: entry?.frame ?? frame, event: event as EventLike, how, saidBy: 'deadLetter$ says so' }
    })
  })

const unread = ({ rejects }: Account): readonly Loss[] =>
  rejects.map(({ reject, frame }) => ({
    frame,
    event: undefined,
    how: `an element at ${String(frame)} could not be read: ${sentence(reject)}`,
    saidBy: 'reject$ says so',
  }))

const readersLost = ({ name, slowReaders }: Account, books: Books): readonly Loss[] => {
  const open = (books.health().frequencies.find((one) => one.name === name)?.lanes ?? []).flatMap(
    ({ eventType, readers }) => readers.map((reader) => ({ reader: reader.name, eventType, lost: reader.lost })),
  )
  return [...slowReaders, ...open]
    .filter(({ lost }) => lost > 0)
    .map(({ reader, eventType, lost }) => ({
      frame: 0,
      event: undefined,
      how: `the reader ${reader} of lane ${eventType} was too slow for ${String(lost)} events`,
      saidBy: 'lostBefore of its next pull says so',
    }))
}
