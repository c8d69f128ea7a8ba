import { WrongUse } from './errors.ts'
import type { Io } from './io.ts'
import { optionLines, type OptionTable, parse, type ValuesOf } from './options.ts'

/** One word behind `tickstock`, ready to be called. */
export interface Command {
  readonly name: string
  readonly summary: string
  readonly help: () => string
  /** Resolves with the exit code; rejects with whatever went wrong. */
  readonly call: (args: readonly string[], io: Io) => Promise<number>
}

export interface CommandSpec<O extends OptionTable> {
  readonly name: string
  readonly summary: string
  /** What it takes besides options, as the help writes it: `URL`. All are needed. */
  readonly operands?: readonly string[]
  /** What it may take besides, any number of them, as the help writes it: `FILES`. */
  readonly mayTake?: string
  readonly options: O
  /** Sentences under the options. */
  readonly notes?: readonly string[]
  readonly examples: readonly string[]
  readonly act: (values: ValuesOf<O>, operands: readonly string[], io: Io) => Promise<number>
}

/** Makes a command of its description: help, parsing and checks come from it. */
export const command = <const O extends OptionTable>(spec: CommandSpec<O>): Command => {
  const { name, summary, operands = [], mayTake, options, notes = [], examples, act } = spec
  const more = mayTake === undefined ? [] : [`[${mayTake}]`]
  const usage = ['tickstock', name, ...operands, ...more, '[options]'].join(' ')

  const help = (): string =>
    [
      usage,
      '',
      `  ${summary}`,
      '',
      ...optionLines(options),
      '',
      ...notes.map((note) => `  ${note}`),
      ...(notes.length === 0 ? [] : ['']),
      ...examples.map((example) => `  ${example}`),
      '',
    ].join('\n')

  return {
    name,
    summary,
    help,
    call: async (args, io) => {
      const { values, operands: given, wantsHelp } = parse(options, args, io.env)
      if (wantsHelp) {
        io.out(help())
        return 0
      }
      const missing = operands[given.length]
      if (missing !== undefined) throw new WrongUse(`${missing} is missing: ${usage}`)
      // Not repeated: it may be a key that lost its option.
      if (mayTake === undefined && given.length > operands.length) {
        throw new WrongUse(`one argument too many behind ${operands.at(-1) ?? name}: ${usage}`)
      }
      return act(values, given, io)
    },
  }
}
