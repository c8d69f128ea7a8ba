import { type Findings, growthMax, megabytes, memoryOf } from './verdict.ts'

export interface Report {
  readonly findings: Findings
  /** How often each fault was made. */
  readonly faults: Readonly<Record<string, number>>
  /** Clients of the publisher that were too slow. */
  readonly cut: number
  /** The most that the event loops have been late by, milliseconds. */
  readonly lagMaxMs: { readonly host: number; readonly vendor: number }
  /** What must not be. */
  readonly wrong: readonly string[]
}

const whole = (number: number): string => number.toLocaleString('en-US')

/** Events by what became of them, over all frequencies. */
const arrivedOf = ({ identity }: Findings) => {
  const all = Object.values(identity)
  return {
    same: all.reduce((sum, { same }) => sum + same, 0),
    lacking: all.reduce((sum, { lacking }) => sum + lacking, 0),
  }
}

const memoryLine = ({ looks }: Findings, name: keyof typeof growthMax): string => {
  const { first, last } = memoryOf(looks, name)
  return `${megabytes(first)} MB in the first third, ${megabytes(last)} MB in the last; ${megabytes(growthMax[name])} MB more are allowed`
}

export const reportJson = ({ findings, faults, cut, lagMaxMs, wrong }: Report): string =>
  JSON.stringify({
    kind: 'verdict',
    good: wrong.length === 0,
    wrong,
    faults,
    cut,
    ...arrivedOf(findings),
    readers: findings.readers,
    heapBytes: memoryOf(findings.looks, 'heapBytes'),
    bufferBytes: memoryOf(findings.looks, 'bufferBytes'),
    subscribers: findings.atRest,
    lagMaxMs,
  })

export const reportLines = ({ findings, faults, cut, lagMaxMs, wrong }: Report): readonly string[] => {
  const { same, lacking } = arrivedOf(findings)
  const { atRest } = findings
  const made = Object.entries(faults).map(([name, times]) => `${name} ${times}`)
  const read = findings.readers.map(
    ({ name, events, lost }) => `${name} ${whole(events)}${lost > 0 ? ` (lost ${whole(lost)})` : ''}`,
  )

  return [
    '',
    `faults    ${made.join(', ') || 'none'}; slow clients cut ${cut}`,
    `identity  ${whole(same)} events as they were passed on, byte for byte; ${whole(lacking)} on their way to a cut are in gaps`,
    `readers   ${read.join(', ')}`,
    `heap      ${memoryLine(findings, 'heapBytes')}`,
    `buffers   ${memoryLine(findings, 'bufferBytes')}`,
    `at rest   ${atRest.before ?? '-'} subscribers before the first fault, ${atRest.after ?? '-'} after the last`,
    `lag       at most ${lagMaxMs.host.toFixed(0)} ms here, ${lagMaxMs.vendor.toFixed(0)} ms on the other side`,
    `verdict   ${wrong.length === 0 ? 'good' : 'NOT GOOD'}`,
    ...wrong.map((sentence) => `  ${sentence}`),
  ]
}
