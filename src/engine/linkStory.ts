import type { LinkState } from '../../streams/model.ts'
import type { LinkHealth, LinkMoment } from '../ops/health.ts'

/** What a link has been through. */
export interface LinkStory {
  tell(state: LinkState): void
  read(): Pick<LinkHealth, 'sinceMs' | 'attempts' | 'sessions' | 'nextTryMs' | 'lastCause'>
  /** The last hour, oldest first. */
  moments(): readonly LinkMoment[]
}

const hourMs = 3_600_000
const momentsMax = 1000

export const createLinkStory = (now: () => number): LinkStory => {
  let moments: LinkMoment[] = []
  let state: LinkState = { kind: 'idle' }
  let sinceMs = now()
  let attempts = 0
  let sessions = 0
  let lastCause: LinkHealth['lastCause']

  const recent = (nowMs: number): LinkMoment[] => {
    // The state of an hour ago began before that: the last one that is too old stays.
    const first = moments.findLastIndex(({ atMs }) => atMs <= nowMs - hourMs)
    return moments.slice(Math.max(first, moments.length - momentsMax, 0))
  }

  return {
    tell: (next) => {
      const nowMs = now()
      if (next.kind !== state.kind) sinceMs = nowMs
      if (next.kind === 'connecting') {
        // A session that is given up says so again while it closes.
        if (state.kind !== 'live') sessions += 1
        if (state.kind !== 'live') attempts += 1
      }
      if (next.kind === 'live') attempts = 0
      if ('cause' in next) lastCause = { ...next.cause, atMs: nowMs }
      state = next
      moments.push({ atMs: nowMs, kind: next.kind, ...('cause' in next ? { cause: next.cause.message } : {}) })
      if (moments.length >= 2 * momentsMax) moments = recent(nowMs)
    },
    read: () => {
      const nextTryMs = state.kind === 'waiting' ? state.nextTryAtMs : state.kind === 'evicted' ? state.untilMs : null
      return {
        sinceMs,
        attempts,
        sessions,
        ...(nextTryMs === null ? {} : { nextTryMs }),
        ...(lastCause === undefined ? {} : { lastCause }),
      }
    },
    moments: () => recent(now()),
  }
}
