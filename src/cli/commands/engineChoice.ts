import type { LinkMode } from '../../../streams/link/planner.ts'
import type { Configuration } from '../../setup/index.ts'
import { aboveZero, chaos, oneOf, text, tickers, wholeNumber } from '../options.ts'
import { chaosOption, marketOptions } from './marketOptions.ts'

const modes: readonly LinkMode[] = ['shared', 'dedicated']

/** Which engine: the options that `run` and `record` share. What is not given is left to the configuration. */
export const engineChoice = {
  config: {
    ...text({
      help: 'a file to read instead of the usual ones; several count, the first before the others',
      what: 'a file',
      placeholder: 'FILE',
      fallback: undefined,
    }),
    isList: true,
  },
  rate: aboveZero({ ...marketOptions.rate, help: 'of the simulator: trades per second (1000)', fallback: undefined }),
  tickers: tickers({ help: 'of the simulator: how many, or which (100)', fallback: undefined }),
  seed: wholeNumber({ ...marketOptions.seed, help: 'of the simulator: another market (1)', fallback: undefined }),
  links: oneOf(modes, { help: 'one socket for all frequencies, or one for each (shared)', fallback: undefined }),
  chaos: chaos(chaosOption),
}

export interface EngineChoice {
  readonly rate: number | undefined
  readonly tickers: number | readonly string[] | undefined
  readonly seed: number | undefined
  readonly links: LinkMode | undefined
  readonly chaos: string | undefined
}

/** What they say in the configuration's words. */
export const configurationOf = (values: EngineChoice): Configuration => {
  const { rate, tickers: names, seed, links, chaos: faults } = values
  return {
    ...(links === undefined ? {} : { links }),
    providers: {
      simulated: {
        ...(rate === undefined ? {} : { rate }),
        ...(names === undefined ? {} : { tickers: names }),
        ...(seed === undefined ? {} : { seed }),
        ...(faults === undefined ? {} : { chaos: faults }),
      },
    },
  }
}

/** The files that `config` names. */
export const filesOf = (config: string | undefined): { readonly files?: readonly string[] } =>
  config === undefined ? {} : { files: config.split(',').map((name) => name.trim()) }
