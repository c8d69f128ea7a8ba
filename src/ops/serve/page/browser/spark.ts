import { svg } from './dom.ts'

const width = 120
const height = 28

/** The last values as a line, from 0 to the highest of them. A hole where nothing is known. */
export const spark = (values: readonly (number | null)[], title: string): SVGElement => {
  const shown = values.slice(-width)
  const top = Math.max(...shown.map((value) => value ?? 0), 1e-9)
  const points: string[] = []
  let isDown = false
  shown.forEach((value, i) => {
    if (value === null) {
      isDown = false
      return
    }
    const x = width - shown.length + i
    const y = height - 2 - (value / top) * (height - 4)
    points.push(`${isDown ? 'L' : 'M'}${String(x)} ${y.toFixed(1)}`)
    isDown = true
  })
  return svg(
    'svg',
    {
      class: 'spark',
      viewBox: `0 0 ${String(width)} ${String(height)}`,
      role: 'img',
      'aria-label': title,
      preserveAspectRatio: 'none',
    },
    svg('path', { d: points.join(''), fill: 'none', 'vector-effect': 'non-scaling-stroke' }),
  )
}
