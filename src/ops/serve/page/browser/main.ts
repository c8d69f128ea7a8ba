import type { Health, LinkTimeline } from '../../../health.ts'
import type { Sample } from '../history.ts'
import { byId, h } from './dom.ts'
import { createFeed, type FeedState, type WireEvent } from './feed.ts'
import { showConnection, showEngine, showVerdict } from './head.ts'
import { createHistory } from './history.ts'
import { columns, createRows } from './rows.ts'
import { setUpTheme } from './theme.ts'
import { troublesOf } from './troubles.ts'
import { linkRows, withNow } from './timeline.ts'

/** How often what events have changed is drawn, and the story of the links asked for. */
const drawMs = 250
const storyMs = 60_000

const tokenKey = 'tickstock-token'
const token = (): string => sessionStorage.getItem(tokenKey) ?? ''

const get = async <T>(path: string): Promise<T> => {
  const response = await fetch(path, { headers: token() === '' ? {} : { authorization: `Bearer ${token()}` } })
  if (!response.ok) throw new Error(`${path}: ${String(response.status)}`)
  return (await response.json()) as T
}

const history = createHistory()
let latest: Health | undefined
let connection: FeedState = { kind: 'connecting' }
let timelines: readonly LinkTimeline[] = []

setUpTheme()
byId('columns').replaceChildren(...columns.map(({ name, title }) => h('th', { scope: 'col', title }, name)))

const showLinks = (health: Health): void => {
  timelines = withNow(timelines, health.links)
  byId('links').replaceChildren(...linkRows(health.links, timelines, health.nowMs))
}

const show = (health: Health): void => {
  latest = health
  history.add(health)
  showVerdict(health)
  rows.update(health)
  showLinks(health)
  showEngine(health)
  // For whoever looks over its shoulder, such as a test.
  document.body.dataset.lookMs = String(health.nowMs)
  document.dispatchEvent(new Event('look'))
}

const hear = (events: readonly WireEvent[]): void => {
  for (const event of events) if (event.ev === 'health') show(event.health as Health)
  rows.take(events)
}

/** What was before the page opened, or while it was cut off. A failure is said by the feed; asked again with the next connection. */
const catchUp = async (): Promise<void> => {
  try {
    const [{ samples }, { links }] = await Promise.all([
      get<{ samples: Sample[] }>('page/history'),
      get<{ links: LinkTimeline[] }>('timeline'),
    ])
    history.begin(samples)
    timelines = links
    if (latest !== undefined) {
      rows.update(latest)
      showLinks(latest)
    }
  } catch {
    // Nothing to draw from: the charts begin now.
  }
}

const feed = createFeed({
  url: new URL('page/feed', location.href).href.replace(/^http/, 'ws'),
  token,
  onEvents: hear,
  onState: (state) => {
    connection = state
    showConnection(state, latest?.nowMs)
    if (state.kind === 'live') void catchUp()
  },
})
const rows = createRows(byId('frequencies'), history, {
  history,
  feed,
  troubles: (frequency) => troublesOf(get, frequency),
})
feed.subscribe('health.*')

byId('lock').addEventListener('submit', (event) => {
  event.preventDefault()
  const input = byId('token') as HTMLInputElement
  sessionStorage.setItem(tokenKey, input.value)
  input.value = ''
  feed.unlock()
})

setInterval(() => {
  rows.draw()
  if (connection.kind === 'lost') showConnection(connection, latest?.nowMs)
}, drawMs)
setInterval(() => {
  if (connection.kind === 'live') void catchUp()
}, storyMs)
