// The page of results: figures with the machine, the versions and the command they came from.
import { cpus, loadavg, totalmem } from 'node:os'

const times = (value) => `${value.toFixed(2)}x`

export const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** Rows of `compare`, the baseline's own left out. */
export const ratioCells = ({ ratio, low, high, ns }) => [
  times(ratio),
  `${times(low)} to ${times(high)}`,
  `${ns.toFixed(0)} ns`,
]

export const machine = (load) =>
  [
    `- ${new Date().toISOString().slice(0, 10)}, \`npm run bench\``,
    `- ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GB`,
    `- Node ${process.versions.node}, V8 ${process.versions.v8}`,
    `- load before and after: ${load[0].toFixed(1)} and ${loadavg()[0].toFixed(1)}`,
  ].join('\n')
