import type { FrequencyHealth, Health } from '../../../health.ts'
import { gapCell, laneCell, latencyCell, lossCell, rateCell, stateCell } from './cells.ts'
import { createDetail, type Detail, type DetailOptions } from './detail.ts'
import { h } from './dom.ts'
import type { WireEvent } from './feed.ts'
import type { History } from './history.ts'
import { spark } from './spark.ts'

export interface Rows {
  update(health: Health): void
  take(events: readonly WireEvent[]): void
  draw(): void
}

interface Row {
  readonly body: HTMLTableSectionElement
  update(health: FrequencyHealth, nowMs: number): void
  take(event: WireEvent): void
  draw(): void
  close(): void
}

/** What the columns hold, for the head of the table and, on a narrow screen, beside each figure. */
export const columns: readonly { readonly name: string; readonly title: string }[] = [
  { name: 'Frequency', title: 'Open it for charts, the newest events, gaps, rejects and dead letters' },
  { name: 'State', title: 'One word, and why' },
  { name: 'Events/s', title: 'Events per second now, and over the last two minutes' },
  {
    name: 'Latency',
    title:
      'Half of the events, and 99 in 100, took less than this: from the vendor’s time to here, and from here to the lane',
  },
  { name: 'Lane', title: 'How far the slowest reader is behind, against what the lane keeps' },
  { name: 'Losses', title: 'Since the engine started: lost by slow readers, given up by operators, not decodable' },
  { name: 'Last gap', title: 'When something may last have been missed, for how long, and why' },
]

const createRow = (name: string, history: History, options: Omit<DetailOptions, 'health'>): Row => {
  const id = `detail-${name}`
  const button = h('button', { type: 'button', 'aria-expanded': 'false', 'aria-controls': id }, name)
  const cells = columns.map((column, i) =>
    h(i === 0 ? 'th' : 'td', { 'data-name': column.name, ...(i === 0 ? { scope: 'row' } : {}) }),
  )
  cells[0]?.append(button)
  const place = h('td', { colspan: columns.length, id })
  const detailRow = h('tr', { class: 'more', hidden: true }, place)
  const body = h('tbody', { 'data-frequency': name }, h('tr', { class: 'row' }, ...cells), detailRow)
  let now: FrequencyHealth | undefined
  let detail: Detail | undefined

  button.addEventListener('click', () => {
    if (detail === undefined && now !== undefined) {
      detail = createDetail({ ...options, health: now })
      place.replaceChildren(detail.element)
    } else {
      detail?.close()
      detail = undefined
      place.replaceChildren()
    }
    detailRow.hidden = detail === undefined
    button.setAttribute('aria-expanded', String(detail !== undefined))
  })

  return {
    body,
    update: (health, nowMs) => {
      now = health
      body.dataset.word = health.state.word
      body.dataset.status = health.status
      const rates = history.of(name, ({ rate }) => rate)
      const fills = [
        stateCell(health, nowMs),
        [...rateCell(health, nowMs), spark(rates, 'events per second, the last two minutes')],
        latencyCell(health),
        laneCell(health),
        lossCell(health),
        gapCell(health, nowMs),
      ]
      fills.forEach((fill, i) => cells[i + 1]?.replaceChildren(...fill))
      detail?.update(health)
    },
    take: (event) => detail?.take(event),
    draw: () => detail?.draw(),
    close: () => {
      detail?.close()
      body.remove()
    },
  }
}

/** A row for each frequency, in the order of priority, and below it, when it is opened, all about it. */
export const createRows = (table: HTMLElement, history: History, options: Omit<DetailOptions, 'health'>): Rows => {
  const rows = new Map<string, Row>()

  return {
    update: ({ frequencies, nowMs }) => {
      for (const [name, row] of rows) {
        if (frequencies.some((frequency) => frequency.name === name)) continue
        row.close()
        rows.delete(name)
      }
      for (const frequency of frequencies) {
        let row = rows.get(frequency.name)
        if (row === undefined) {
          row = createRow(frequency.name, history, options)
          rows.set(frequency.name, row)
          table.append(row.body)
        }
        row.update(frequency, nowMs)
      }
    },
    take: (events) => {
      for (const event of events) for (const row of rows.values()) row.take(event)
    },
    draw: () => {
      for (const row of rows.values()) row.draw()
    },
  }
}
