import type { EventLike } from '../../streams/model.ts'
import type { Books } from './books.ts'
import { letters, type Values } from './diagram.ts'
import { written } from './drawing.ts'
import { letterEvent } from './events.ts'
import type { Feed } from './page.ts'
import type { ScriptedVendor } from './scriptedVendor.ts'
import type { Stage } from './stage.ts'

/** Sends what diagrams say through the vendor that there is when the moment has come. */
export const feedOf = (stage: Stage, vendor: () => ScriptedVendor, books: Pick<Books, 'takes'>): Feed => {
  const events = (eventType: string | undefined, diagram: string, values?: Values): void => {
    stage.reach(diagram)
    if (eventType !== undefined) {
      stage.check(() =>
        books.takes(eventType)
          ? undefined
          : `feed.${eventType}(${JSON.stringify(diagram)}) feeds nobody: no frequency of this page takes ${eventType}`,
      )
    }
    const moments = new Map<number, EventLike[]>()
    for (const { frame, letter } of letters(diagram)) {
      if (letter === '|') continue
      notAtOnce(diagram, frame)
      if (letter === '#') {
        if (eventType === undefined)
          throw new RangeError('feed.events cannot lose a link: use the feed of an event type')
        stage.schedule(frame, () => {
          vendor().lose(eventType)
        })
        continue
      }
      if (eventType === undefined && values?.[letter] === undefined)
        throw new RangeError(`feed.events: the letter ${letter} needs its event`)
      const value = values?.[letter] ?? letterEvent(eventType ?? '', letter)
      const moment = moments.get(frame) ?? []
      moments.set(frame, moment)
      for (const event of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
        if (!isEvent(event))
          throw new RangeError(`the letter ${letter} is fed ${written(event)}: an event needs the texts ev and symbol`)
        moment.push(event)
      }
    }
    for (const [frame, sent] of moments) {
      stage.schedule(frame, () => {
        vendor().send(sent)
      })
    }
  }

  const of = (eventType: string) => (diagram: string, values?: Values) => {
    events(eventType, diagram, values)
  }

  return {
    T: of('T'),
    A: of('A'),
    Q: of('Q'),
    AM: of('AM'),
    FMV: of('FMV'),
    events: (diagram, values) => {
      events(undefined, diagram, values)
    },
    text: (diagram, values, eventType) => {
      stage.reach(diagram)
      for (const { frame, letter } of letters(diagram)) {
        if (letter === '|') continue
        notAtOnce(diagram, frame)
        const text = values[letter]
        if (text === undefined) throw new RangeError(`feed.text: the letter ${letter} has no text`)
        stage.schedule(frame, () => {
          vendor().sendText(text, eventType)
        })
      }
    },
  }
}

const isEvent = (value: unknown): value is EventLike =>
  typeof value === 'object' &&
  value !== null &&
  'ev' in value &&
  'symbol' in value &&
  typeof value.ev === 'string' &&
  typeof value.symbol === 'string'

const notAtOnce = (diagram: string, frame: number): void => {
  if (frame === 0)
    throw new RangeError(
      `the feed ${JSON.stringify(diagram)} begins at moment 0, which is the handshake: begin with a dash`,
    )
}
