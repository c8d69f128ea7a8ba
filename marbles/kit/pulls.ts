import { Subject } from 'rxjs'

import type { Lane } from '../../streams/lane.ts'
import type { EventLike } from '../../streams/model.ts'
import type { Pulled } from '../../streams/pulled.ts'
import type { Books } from './books.ts'
import type { EngineMarbles, PullOptions } from './page.ts'
import type { Stage } from './stage.ts'

/** Drives readers by diagrams. */
export const pullsOf =
  (stage: Stage, books: Books): EngineMarbles['pulls'] =>
  <E extends EventLike, S>(
    lane: Lane<E>,
    diagram: string,
    { max, name = 'marble', from = 'oldest', see }: PullOptions<E, S> = {},
  ) => {
    const reader = lane.reader(name, { from })
    const batch$ = new Subject<S>()
    // Without `see` the type says so: S is the list of events then.
    const show = see ?? ((pulled: Pulled<E>) => [...pulled] as S)
    stage.at(diagram, {
      p: () => {
        batch$.next(show(reader.pull(max === undefined ? {} : { max })))
      },
      c: () => {
        reader.commit()
      },
      r: () => {
        reader.rewind()
      },
      x: () => {
        books.slow(lane.frequency, { reader: name, eventType: lane.eventType, lost: reader.figures().lost })
        reader.close()
      },
    })
    return batch$.asObservable()
  }
