import { median, quantile } from './rounds.mjs'

const digits = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3))

/**
 * A row of a result, from the figure of each round.
 *
 *     rowOf('T in frames of 50', ratios(ours, theirs), { unit: 'x', atLeast: 3.5, also: 'ours 90 ns, theirs 300 ns' })
 *
 * `unit` is `x` for ratios; `atLeast` or `atMost` is what it is meant to reach, neither for what is only told.
 */
export const rowOf = (what, figures, { unit = 'x', atLeast, atMost, also = '' } = {}) => {
  const figure = median(figures)
  const goal = atLeast ?? atMost
  const isReached = atLeast === undefined ? figure <= atMost : figure >= atLeast
  return {
    what,
    figure: `${digits(figure)}${unit === 'x' ? 'x' : ` ${unit}`}`,
    spread: `${digits(quantile(figures, 0.25))} to ${digits(quantile(figures, 0.75))}`,
    goal: goal === undefined ? '' : `${atLeast === undefined ? '≤' : '≥'} ${goal}${unit === 'x' ? 'x' : ` ${unit}`}`,
    verdict: goal === undefined ? '' : isReached ? 'reached' : 'short',
    also,
  }
}

/** A figure and its unit, for `also`. */
export const told = (name, figures, unit) => `${name} ${digits(median(figures))} ${unit}`

const columns = ['what', 'figure', 'spread', 'goal', 'verdict', 'also']
const headings = ['', 'median', 'middle half', 'goal', '', '']

/** A result as Markdown that can also be read as it is. */
export const tableOf = (name, { title, method, rows, sections = [] }) => {
  const cells = [headings, ...rows.map((row) => columns.map((column) => row[column]))]
  const widths = columns.map((_, i) => Math.max(3, ...cells.map((line) => line[i].length)))
  const written = cells.map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`)
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  const text = [`### ${name}: ${title}`, '', method, '', written[0], rule, ...written.slice(1)].join('\n')
  return [text, ...sections].join('\n\n')
}
