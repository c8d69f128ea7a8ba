import { run } from './run.ts'
import type { Scenario } from './scenario.ts'

interface Noted {
  readonly ms: number
  readonly row: string
  readonly letter: string
  readonly means: string
}

/** Of the words of a state, the letters that the marble kit draws them with. */
const wordLetters: Readonly<Record<string, string>> = {
  stopped: 'X',
  halted: 'H',
  evicted: 'E',
  refused: 'F',
  quarantined: 'Q',
  recovering: 'R',
  connecting: 'C',
  stale: 'S',
  quiet: 'q',
  live: 'L',
}

const rowOrder = ['T', 'A', 'AM', 'FMV', 'faults', 'host', 'operators', 'out', 'readers', 'state', 'gaps']
const rankOf = (row: string): number => rowOrder.indexOf(row.split(' ')[0] as string)

/** Wider drawings go on below. */
const widthMax = 140

/**
 * A scenario as a person can read it: a row for each who did something, the moments under each other, what the letters mean, the setup,
 * what was violated, and the text of a page that does it again.
 */
export const drawn = async (scenario: Scenario, violations: readonly string[]): Promise<string> => {
  const noted: Noted[] = []
  const { step } = await run(scenario, {
    note: (row, letter, means, ms) => {
      noted.push({
        ms: Math.floor(ms),
        row,
        letter: row.startsWith('state') ? (wordLetters[letter] ?? '?') : letter,
        means,
      })
    },
  })
  const { steps, setup, worst } = scenario
  const parts = [
    `${String(steps.length)} steps${step === undefined ? '' : `, the fault showed at step ${String(step + 1)}`}; milliseconds since the start, - is nothing`,
    '',
    ...diagram(noted),
    '',
    ...legend(noted),
    '',
    `setup (the worst of it has ${worst})`,
    ...Object.entries(setup).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`),
    '',
    'violated',
    ...violations.map((violation) => `  ${violation.replaceAll('\n', '\n  ')}`),
    '',
    'the page that shows it, marbles/faults/x.marbles.ts:',
    '',
    ...page(scenario),
  ]
  return parts.join('\n')
}

const diagram = (noted: readonly Noted[]): readonly string[] => {
  const rows = [...new Set(noted.map(({ row }) => row))].sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1))
  const moments = [...new Set(noted.map(({ ms }) => ms))].sort((a, b) => a - b)
  const nameWidth = Math.max('ms'.length, ...rows.map((row) => row.length)) + 2
  const lines: string[] = []

  let block: string[] = []
  const flush = (): void => {
    if (lines.length > 0) lines.push('')
    lines.push(...block)
  }
  const begin = (): void => {
    block = [' '.repeat(nameWidth).replace(/^ {2}/, 'ms'), ...rows.map((row) => row.padEnd(nameWidth))]
  }
  begin()
  for (const moment of moments) {
    const cells = rows.map((row) => {
      const letters = noted
        .filter((one) => one.ms === moment && one.row === row)
        .map(({ letter }) => letter)
        .filter((letter, i, all) => letter !== all[i - 1])
      return letters.length > 1 ? `(${letters.join('')})` : (letters[0] ?? '')
    })
    const width = Math.max(String(moment).length, ...cells.map((cell) => cell.length)) + 1
    if ((block[0]?.length ?? 0) + width > widthMax) {
      flush()
      begin()
    }
    block = [
      `${block[0] ?? ''}${String(moment).padEnd(width)}`,
      ...cells.map((cell, i) => `${block[i + 1] ?? ''}${cell.padEnd(width, '-')}`),
    ]
  }
  flush()
  return lines
}

const legend = (noted: readonly Noted[]): readonly string[] => {
  const means = new Map<string, number[]>()
  for (const { row, letter, means: what, ms } of noted) {
    const key = `${kindOf(row)}  ${letter} = ${what}`
    means.set(key, [...(means.get(key) ?? []), ms])
  }
  return [...means]
    .sort(([a], [b]) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1))
    .map(([what, at]) => (/^(?:state|gaps|out)/.test(what) || at.length > 6 ? what : `${what}, at ${at.join(', ')}`))
}

const kindOf = (row: string): string => row.split(' ')[0] as string

const page = (scenario: Scenario): readonly string[] => [
  "import { violationsOf } from './check.ts'",
  '',
  "it('shows nothing wrong', async () => {",
  '  const found = await violationsOf({',
  `    setup: ${JSON.stringify(scenario.setup)},`,
  `    worst: ${JSON.stringify(scenario.worst)},`,
  '    steps: [',
  ...scenario.steps.map((one) => `      ${JSON.stringify(one)},`),
  '    ],',
  '  })',
  '',
  '  expect(found).toEqual([])',
  '})',
]
