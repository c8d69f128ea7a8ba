// Tables of what `compare` has found.
const times = (value) => `${value.toFixed(2)}x`

export const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** Rows of `compare`, the baseline's own left out. */
export const ratioCells = ({ ratio, low, high, ns }) => [
  times(ratio),
  `${times(low)} to ${times(high)}`,
  `${ns.toFixed(0)} ns`,
]
