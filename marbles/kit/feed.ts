import type { EventLike } from '../../streams/model.ts'
import { letters, type Values } from './diagram.ts'
import { letterEvent } from './events.ts'
import type { Feed } from './page.ts'
import type { ScriptedVendor } from './scriptedVendor.ts'
import type { Stage } from './stage.ts'

/** Sends what diagrams say through the vendor that there is when the moment has come. */
export const feedOf = (stage: Stage, vendor: () => ScriptedVendor): Feed => {
  const events = (eventType: string | undefined, diagram: string, values?: Values): void => {
    stage.reach(diagram)
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
      moment.push(...((Array.isArray(value) ? value : [value]) as EventLike[]))
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

const notAtOnce = (diagram: string, frame: number): void => {
  if (frame === 0)
    throw new RangeError(
      `the feed ${JSON.stringify(diagram)} begins at moment 0, which is the handshake: begin with a dash`,
    )
}
