import type { StreamWord } from '../../../../../streams/model.ts'
import type { Verdict } from '../../../health.ts'
import { h } from './dom.ts'

/** Told by shape and text as well as by colour. */
const shapes: Readonly<Record<Verdict | 'off', string>> = { ok: '●', degraded: '▲', down: '■', off: '○' }

const meanings: Readonly<Record<StreamWord, string>> = {
  live: 'Events are coming.',
  quiet: 'Connected and subscribed; no events for longer than usual, or the market is closed.',
  stale: 'Connected and subscribed, but silent for too long while the market is open.',
  connecting: 'Not connected yet.',
  recovering: 'The connection was lost; it is being made again.',
  quarantined: 'Its operators fail on every event and are paused; events are kept as dead letters.',
  refused: 'The vendor refuses its channels.',
  evicted: 'The account has no connection left for it, or another client took it.',
  halted: 'The vendor refuses the key or the plan; it is not tried again.',
  stopped: 'Stopped by a person or a program.',
}

export const toneOf = (word: StreamWord, status: Verdict): Verdict | 'off' => (word === 'stopped' ? 'off' : status)

/** `● live`, `■ halted`, with what the word means on hover. */
export const wordMark = (word: StreamWord, status: Verdict): HTMLElement => {
  const tone = toneOf(word, status)
  return h(
    'span',
    { class: `mark ${tone}`, title: meanings[word] },
    h('span', { 'aria-hidden': 'true' }, `${shapes[tone]} `),
    word,
  )
}

export const verdictMark = (verdict: Verdict | 'off', text: string): HTMLElement =>
  h('span', { class: `mark ${verdict}` }, h('span', { 'aria-hidden': 'true' }, `${shapes[verdict]} `), text)
