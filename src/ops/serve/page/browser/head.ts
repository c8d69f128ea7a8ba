import type { Health } from '../../../health.ts'
import { byId, h, say } from './dom.ts'
import type { FeedState } from './feed.ts'
import { verdictMark } from './marks.ts'
import { bytes, clock, count, duration } from '../../../../words.ts'

const titles: Readonly<Record<Health['status'], string>> = { ok: 'all is well', degraded: 'degraded', down: 'down' }

/** The one word for the whole engine, and why; told to screen readers when it changes. */
export const showVerdict = (health: Health): void => {
  const place = byId('verdict')
  if (place.dataset.status !== health.status) {
    place.dataset.status = health.status
    place.replaceChildren(verdictMark(health.status, titles[health.status]))
  }
  const reasons = byId('reasons')
  const text = health.reasons.join('\n')
  if (reasons.dataset.text !== text) {
    reasons.dataset.text = text
    reasons.replaceChildren(...health.reasons.map((reason) => h('li', {}, reason)))
  }
  document.title = `${health.status === 'ok' ? '●' : health.status === 'degraded' ? '▲' : '■'} ${titles[health.status]} · tickstock`
}

const connections: Readonly<Record<FeedState['kind'], (state: FeedState, lastMs: number | undefined) => string>> = {
  connecting: () => 'connecting to the engine …',
  live: () => 'live',
  lost: (state, lastMs) =>
    `no connection to the engine; tried again in ${duration(Math.max(state.kind === 'lost' ? state.nextTryMs - Date.now() : 0, 0))}` +
    (lastMs === undefined ? '' : `. What you see is of ${clock(lastMs)}.`),
  locked: () => 'the engine wants a token',
}

export const showConnection = (state: FeedState, lastMs: number | undefined): void => {
  const place = byId('connection')
  place.dataset.kind = state.kind
  say(place, connections[state.kind](state, lastMs))
  document.body.classList.toggle('cut', state.kind !== 'live')
  byId('lock').hidden = state.kind !== 'locked'
}

/** What is about the whole process. */
export const showEngine = (health: Health): void => {
  const { publisher } = health.parts
  const clients = typeof publisher?.clients === 'number' ? publisher.clients : undefined
  const rows: readonly (readonly [string, string])[] = [
    ['running for', health.startedMs === null ? 'not started' : duration(Math.max(health.nowMs - health.startedMs, 0))],
    ['ledger', health.balanced ? 'balanced: every event is accounted for' : 'NOT balanced: see /ledger'],
    ['event loop', `late by ${duration(health.loop.p50Ms)} / ${duration(health.loop.p99Ms)}`],
    ['pump', `${count(health.pump.waitingFrames)} frames wait, ${bytes(health.pump.waitingBytes)}`],
    ['memory', `${bytes(health.memory.heapUsed)} heap of ${bytes(health.memory.rss)}`],
    ...(clients === undefined ? [] : [['websocket clients', count(clients)] as const]),
  ]
  byId('engine').replaceChildren(...rows.flatMap(([name, text]) => [h('dt', {}, name), h('dd', {}, text)]))
}
