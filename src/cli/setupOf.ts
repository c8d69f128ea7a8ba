import { ConfigurationError, configure, type ConfigureOptions, type Setup } from '../setup/index.ts'
import { WrongUse } from './errors.ts'

/** What is invalid is wrong use: every error on a line of its own would be lost in one. */
export const setupOf = (options: ConfigureOptions): Setup => {
  try {
    return configure(options)
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    const [first] = error.problems
    const others = error.problems.length - 1
    throw new WrongUse(
      `${first?.source ?? 'configuration'}: ${first?.message ?? 'invalid'}${others === 0 ? '' : `; and ${others} more: tickstock check says all`}`,
      { cause: error },
    )
  }
}
