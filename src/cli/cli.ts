import { didYouMean } from '../didYouMean.ts'
import { checkCommand } from './commands/check.ts'
import { initCommand } from './commands/init.ts'
import { marblesCommand } from './commands/marbles.ts'
import { recordCommand } from './commands/record.ts'
import { replayCommand } from './commands/replay.ts'
import { runCommand } from './commands/run.ts'
import { simulateCommand } from './commands/simulate.ts'
import { tailCommand } from './commands/tail.ts'
import { topCommand } from './commands/top.ts'
import type { Command } from './command.ts'
import { exitCodes, verdictOf, WrongUse } from './errors.ts'
import type { Io } from './io.ts'
import { version } from './version.ts'

const commands: readonly Command[] = [
  runCommand,
  checkCommand,
  initCommand,
  recordCommand,
  replayCommand,
  marblesCommand,
  simulateCommand,
  tailCommand,
  topCommand,
]

const globalHelp = (): string => {
  const width = Math.max(...commands.map(({ name }) => name.length))

  return [
    'tickstock COMMAND [options]',
    '',
    '  Real-time market data: every frequency for itself, nothing lost without saying so.',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    '  tickstock COMMAND --help   its options',
    '  tickstock --version        the version',
    '',
    '  exit codes  0 ok   1 something failed while it ran   2 wrong use   130 left at once, by a second Ctrl-C',
    '',
  ].join('\n')
}

const commandNamed = (name: string): Command => {
  const found = commands.find((command) => command.name === name)
  if (found !== undefined) return found
  if (name.startsWith('-'))
    throw new WrongUse(`unknown option ${name.replace(/=.*/s, '')}; options come behind the command, see --help`)

  const names = commands.map((command) => command.name)
  throw new WrongUse(`unknown command ${name}${didYouMean(name, names) || `; there are ${names.join(', ')}`}`)
}

const call = async ([first, ...rest]: readonly string[], io: Io): Promise<number> => {
  switch (first) {
    case undefined:
      throw new WrongUse('a command is missing: try tickstock run, or tickstock --help')
    case '--version':
    case '-v':
    case '-V':
      io.out(`${version}\n`)
      return exitCodes.ok
    case '--help':
    case '-h':
    case 'help':
      io.out(rest[0] === undefined ? globalHelp() : commandNamed(rest[0]).help())
      return exitCodes.ok
    default:
      return commandNamed(first).call(rest, io)
  }
}

/** The command line: `argv` as the process has it. Resolves with the exit code, whatever happens; says what went wrong in one line. */
export const run = async (argv: readonly string[], io: Io): Promise<number> => {
  try {
    return await call(argv.slice(2), io)
  } catch (error) {
    const { code, line } = verdictOf(error)
    io.complain(line)
    return code
  }
}
