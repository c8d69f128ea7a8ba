import uPlot from 'uplot'

import type { History } from './history.ts'
import { duration, rate } from '../../../../words.ts'

export interface Charts {
  readonly element: HTMLElement
  draw(): void
  close(): void
}

const height = 170
/** So narrow may a chart get before it stops shrinking. */
const leastWidth = 240

const ink = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

interface Line {
  readonly label: string
  readonly colour: string
  readonly values: () => readonly (number | null)[]
}

const chart = (
  into: HTMLElement,
  title: string,
  lines: readonly Line[],
  times: () => readonly number[],
  spell: (value: number) => string,
): { readonly draw: () => void; readonly close: () => void } => {
  const data = (): uPlot.AlignedData => [times(), ...lines.map(({ values }) => values())] as uPlot.AlignedData
  const axis = { stroke: ink('--ink-soft'), grid: { stroke: ink('--line'), width: 1 }, ticks: { show: false } }
  const options: uPlot.Options = {
    title,
    width: Math.max(into.clientWidth, leastWidth),
    height,
    cursor: { points: { size: 6 } },
    series: [
      { value: (_, at) => (!Number.isFinite(at) ? '' : new Date(at * 1000).toLocaleTimeString('en-GB')) },
      ...lines.map(({ label, colour }): uPlot.Series => ({
        label,
        stroke: ink(colour),
        width: 1.5,
        points: { show: false },
        value: (_, value) => (Number.isFinite(value) ? spell(value) : '–'),
      })),
    ],
    axes: [
      {
        ...axis,
        values: (_, at) => at.map((second) => new Date(second * 1000).toLocaleTimeString('en-GB')),
        space: 80,
      },
      { ...axis, values: (_, values) => values.map(spell), size: 64 },
    ],
    scales: { y: { range: (_, _min, max) => [0, max > 0 ? max * 1.1 : 1] } },
  }
  const plot = new uPlot(options, data(), into)
  // The newest figures stand below the chart until somebody points into it.
  const legend = (): void => {
    if ((plot.cursor.left ?? -1) < 0) plot.setLegend({ idx: times().length - 1 }, false)
  }
  legend()
  const watch = new ResizeObserver(() => {
    plot.setSize({ width: Math.max(into.clientWidth, leastWidth), height })
  })
  watch.observe(into)
  return {
    draw: () => {
      plot.setData(data())
      legend()
    },
    close: () => {
      watch.disconnect()
      plot.destroy()
    },
  }
}

/** Rate and latency of one frequency over the last ten minutes. Drawn anew when the colours change. */
export const createCharts = (frequency: string, history: History): Charts => {
  const element = document.createElement('div')
  element.className = 'charts'
  const [left, right] = [document.createElement('div'), document.createElement('div')]
  element.append(left, right)
  const { of } = history
  const times = (): readonly number[] => history.times
  let charts: ReturnType<typeof chart>[] = []

  // Only once it is in the page: before that it has no width.
  const build = (): void => {
    for (const one of charts) one.close()
    charts = [
      chart(
        left,
        'events per second',
        [{ label: 'events/s', colour: '--accent', values: () => of(frequency, (sample) => sample.rate) }],
        times,
        rate,
      ),
      chart(
        right,
        'latency over the last minute',
        [
          { label: 'feed p50', colour: '--ok', values: () => of(frequency, (sample) => sample.receivedP50) },
          { label: 'feed p99', colour: '--accent', values: () => of(frequency, (sample) => sample.receivedP99) },
          { label: 'engine p99', colour: '--degraded', values: () => of(frequency, (sample) => sample.appendedP99) },
        ],
        times,
        duration,
      ),
    ]
  }
  const scheme = matchMedia('(prefers-color-scheme: dark)')
  scheme.addEventListener('change', build)
  document.addEventListener('theme', build)
  requestAnimationFrame(build)

  return {
    element,
    draw: () => {
      for (const one of charts) one.draw()
    },
    close: () => {
      scheme.removeEventListener('change', build)
      document.removeEventListener('theme', build)
      for (const one of charts) one.close()
      charts = []
    },
  }
}
