import type { FrequencyHealth } from '../../../health.ts'
import type { Troubles } from './troubles.ts'
import { type Charts, createCharts } from './charts.ts'
import { h } from './dom.ts'
import type { Feed, WireEvent } from './feed.ts'
import type { History } from './history.ts'
import { createLaneView } from './laneView.ts'
import { troubleLists } from './lists.ts'
import { count, plural } from '../../../../words.ts'

export interface Detail {
  readonly element: HTMLElement
  update(health: FrequencyHealth): void
  take(event: WireEvent): void
  /** Several times a second, for what events have changed. */
  draw(): void
  close(): void
}

export interface DetailOptions {
  readonly health: FrequencyHealth
  readonly history: History
  readonly feed: Feed
  readonly troubles: (frequency: string) => Promise<Troubles>
}

const factsOf = (health: FrequencyHealth): string =>
  [
    `priority ${String(health.priority)}${health.required ? '' : ', not required'}`,
    health.link === undefined ? 'on no link' : `on ${health.link}`,
    `channels ${health.state.channels}`,
    health.state.refused.length === 0 ? undefined : `refused: ${health.state.refused.slice(0, 10).join(', ')}`,
    `pace ${health.state.pace}`,
    `operators ${health.state.operators}${health.restarts > 0 ? `, ${plural(health.restarts, 'restart')}` : ''}`,
    `${count(health.offered)} came, ${count(health.emitted)} went on`,
  ]
    .filter((fact) => fact !== undefined)
    .join(' · ')

/** All about one frequency: why it is unwell, charts, the newest events, and what was missed or refused. */
export const createDetail = ({ health, history, feed, troubles }: DetailOptions): Detail => {
  const why = h('ul', { class: 'why' })
  const facts = h('p', { class: 'facts' })
  const lists = h('div', { class: 'lists' })
  const charts: Charts = createCharts(health.name, history)
  const lane = createLaneView(
    health.lanes.map(({ eventType }) => eventType),
    feed,
  )
  const element = h('div', { class: 'detail' }, why, facts, charts.element, lane.element, lists)
  let asked = ''

  // Asked for again only when there are others.
  const refresh = async (now: FrequencyHealth): Promise<void> => {
    const totals = { gaps: now.gaps, rejects: now.rejected, deadLetters: now.deadLetters }
    const key = JSON.stringify([totals, now.gapsOpen])
    if (key === asked) return
    asked = key
    try {
      lists.replaceChildren(...troubleLists(await troubles(now.name), totals, lists))
    } catch {
      // The feed says what is wrong with the connection; asked again at the next look.
      asked = ''
    }
  }

  const update = (now: FrequencyHealth): void => {
    why.replaceChildren(...now.why.map((sentence) => h('li', {}, sentence)))
    facts.textContent = factsOf(now)
    charts.draw()
    void refresh(now)
  }
  update(health)

  return {
    element,
    update,
    take: (event) => {
      lane.take(event)
    },
    draw: () => {
      lane.draw()
    },
    close: () => {
      charts.close()
      lane.close()
    },
  }
}
