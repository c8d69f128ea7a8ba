import { h, say } from './dom.ts'
import type { Feed, WireEvent } from './feed.ts'
import { count } from '../../../../words.ts'

export interface LaneView {
  readonly element: HTMLElement
  take(event: WireEvent): void
  draw(): void
  close(): void
}

/** Rows shown, newest first. */
const rowsMax = 20
/** Above so many events in a second a page cannot follow: it goes on with the tickers seen last. */
const paceMax = 2000
const tickersMax = 20

const tickerOf = (event: WireEvent): string | undefined => {
  // LULD and imbalances name it T.
  for (const key of ['sym', 'symbol', 'T', 'pair']) {
    const value = event[key]
    if (typeof value === 'string') return value
  }
  return undefined
}

const bodyOf = (event: WireEvent): string => {
  const ticker = tickerOf(event)
  return Object.entries(event)
    .filter(([key, value]) => key !== 'ev' && value !== ticker)
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('  ')
}

/** The newest events of the lanes of one frequency, as they go to any client, for as long as it is open. */
export const createLaneView = (eventTypes: readonly string[], feed: Feed): LaneView => {
  const body = h('tbody')
  const note = h('p', { class: 'note' })
  const element = h(
    'section',
    { class: 'lane' },
    h('h4', {}, 'Newest events'),
    note,
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'newest events' },
      h(
        'table',
        {},
        h('thead', {}, h('tr', {}, h('th', {}, 'type'), h('th', {}, 'ticker'), h('th', {}, 'event'))),
        body,
      ),
    ),
  )
  const newest: WireEvent[] = []
  let channels = eventTypes.map((eventType) => `${eventType}.*`)
  let isNarrow = false
  let seen = 0
  let sinceMs = performance.now()
  let isNew = false
  for (const channel of channels) feed.subscribe(channel)

  const leave = (): void => {
    for (const channel of channels) feed.unsubscribe(channel)
  }

  const narrow = (): void => {
    isNarrow = true
    leave()
    const tickers = [...new Set(newest.map(tickerOf))].filter((ticker) => ticker !== undefined).slice(0, tickersMax)
    channels = eventTypes.flatMap((eventType) => tickers.map((ticker) => `${eventType}.${ticker}`))
    for (const channel of channels) feed.subscribe(channel)
    say(note, `Too many events for a page: these are of ${count(tickers.length)} tickers only.`)
  }

  return {
    element,
    take: (event) => {
      if (!eventTypes.includes(event.ev)) return
      newest.unshift(event)
      if (newest.length > rowsMax) newest.pop()
      seen += 1
      isNew = true
    },
    draw: () => {
      const nowMs = performance.now()
      if (nowMs - sinceMs >= 1000) {
        if (!isNarrow && (seen * 1000) / (nowMs - sinceMs) > paceMax) narrow()
        seen = 0
        sinceMs = nowMs
      }
      if (!isNew) return
      isNew = false
      body.replaceChildren(
        ...newest.map((event) =>
          h(
            'tr',
            {},
            h('td', {}, event.ev),
            h('td', {}, tickerOf(event) ?? ''),
            h('td', {}, h('code', {}, bodyOf(event))),
          ),
        ),
      )
    },
    close: leave,
  }
}
