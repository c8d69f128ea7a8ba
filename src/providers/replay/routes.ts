import type { Mark } from '../../frames/mark.ts'
import type { EndpointWish } from '../../../streams/provider.ts'

type LinkMark = Extract<Mark, { readonly kind: 'link' }>

/** Which recorded link's frames go to which link of the replay. */
export interface Routes {
  /** The link of the replay that a frequency gets: the number of the one it was recorded on. */
  readonly homeOf: (wish: Pick<EndpointWish, 'frequency' | 'eventTypes'>) => number
  /** For one reader of the file, which learns as it goes on. */
  readonly follow: () => Route
}

export interface Route {
  /** From here on a recorded link carries this. */
  learn(mark: LinkMark): void
  goesTo(link: number, home: number): boolean
}

/** A file that no recorder wrote has one link, and does not say what it carries. */
const defaultHome = 1

/**
 * Frequencies that shared a link in the recording share one in the replay, and those that did not do not: so a loss reaches whom it reached.
 *
 * A frequency's place is that of the recording's head. Where a plan changed later in the recording, its frames still come to that place.
 */
export const createRoutes = (head: readonly LinkMark[]): Routes => {
  const byFrequency = new Map<string, number>()
  const byEventType = new Map<string, number>()

  const homesOf = ({ link, frequencies, eventTypes }: LinkMark): ReadonlySet<number> => {
    const named = frequencies.flatMap((frequency) => byFrequency.get(frequency) ?? [])
    const typed = eventTypes.flatMap((eventType) => byEventType.get(eventType) ?? [])
    // What nobody wants goes where it was.
    return new Set(named.length > 0 ? named : typed.length > 0 ? typed : [link])
  }

  return {
    homeOf: ({ frequency, eventTypes }) => {
      const named = head.find((mark) => mark.frequencies.includes(frequency))
      const typed = head.find((mark) => mark.eventTypes.some((eventType) => eventTypes.includes(eventType)))
      const home = (named ?? typed ?? head[0])?.link ?? defaultHome
      byFrequency.set(frequency, home)
      for (const eventType of eventTypes) byEventType.set(eventType, home)
      return home
    },
    follow: () => {
      const homes = new Map<number, ReadonlySet<number>>()
      const marks = new Map<number, LinkMark>(head.map((mark) => [mark.link, mark]))

      return {
        learn: (mark) => {
          marks.set(mark.link, mark)
          homes.delete(mark.link)
        },
        goesTo: (link, home) => {
          const mark = marks.get(link)
          const own = homes.get(link) ?? (mark === undefined ? new Set([link]) : homesOf(mark))
          homes.set(link, own)
          return own.has(home)
        },
      }
    },
  }
}
