import type { EnginePage } from './page.ts'
import { play } from './play.ts'
import { orMismatch } from './stage.ts'

/** A page that can be played. `assertLosesNothing` and its like, and the matchers, take it too. */
export type EngineDrawing = () => void

const pages = new WeakMap<EngineDrawing, EnginePage>()

/** The page of a drawing; a RangeError for anything else. */
export const pageOf = (drawing: unknown): EnginePage => {
  const page = typeof drawing === 'function' ? pages.get(drawing as EngineDrawing) : undefined
  if (page === undefined) throw new RangeError('what is looked at has to be what engineMarbles has returned')
  return page
}

/**
 * A test of the real engine in virtual time.
 *
 *     it('keeps trades away from bars', engineMarbles((m) => {
 *       m.engine({ frequencies: [perSecond(), perMinute()] })
 *
 *       m.feed.T( '-a-b-')
 *       m.feed.AM('--a--')
 *
 *       m.expectEvents('per_second', '-a-b-')
 *       m.expectEvents('per_minute', '--a--')
 *     }))
 *
 * One character is one virtual millisecond. When the drawing is over, which is with its longest diagram, the engine is closed, its
 * ledger must balance, and every drawing must be met; what differs is thrown as one `MarbleMismatch`. Needs no test runner.
 */
export const engineMarbles = (page: EnginePage): EngineDrawing => {
  const drawing = (): void => {
    orMismatch(play(page))
  }
  pages.set(drawing, page)
  return drawing
}
