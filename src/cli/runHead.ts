import type { OpsServer } from '../ops/serve/index.ts'
import type { SimulatedProvider } from '../providers/index.ts'
import type { Publisher } from '../publisher/index.ts'
import type { Outlook, Setup } from '../setup/index.ts'
import type { Io } from './io.ts'
import { version } from './version.ts'

export interface Head {
  readonly setup: Setup
  readonly outlook: Outlook | undefined
  readonly server: Publisher | undefined
  readonly http: OpsServer | undefined
  readonly io: Io
}

/** What runs now, and where. */
export const headOf = ({ setup, outlook, server, http, io }: Head): string => {
  const providers = new Set(setup.engine.frequencies.map(({ options }) => options.provider))
  const simulators = [...providers].flatMap((provider) => {
    const simulator = (provider as Partial<SimulatedProvider> | undefined)?.simulator?.()
    return simulator === undefined ? [] : [simulator]
  })
  const { rate = 0, seed = 0 } = outlook?.simulator ?? {}
  const links = (outlook?.links ?? []).filter(({ provider }) => provider !== 'simulated')
  return [
    `tickstock ${version}`,
    ...(setup.reading.isBare ? ['  nothing is configured: simulated, all three frequencies'] : []),
    ...(server === undefined ? [] : [`  publisher  ${server.url}`]),
    ...(server === undefined || setup.publisher?.format !== 'tickstock'
      ? []
      : [`  tickstock  ${server.url}/tickstock`]),
    ...(http === undefined ? [] : [`  page       ${http.url}`]),
    ...simulators.map(
      (simulator) =>
        `  simulator  ${simulator.url}  ${simulator.tickers.length} tickers, ${rate} trades/s, seed ${seed}`,
    ),
    ...links.map(({ place, provider, frequencies }) => `  ${provider.padEnd(9)}  ${place}  ${frequencies.join(' + ')}`),
    ...(server === undefined ? [] : ['', 'in another terminal:', `  ${io.self} tail ${server.url} "T.*,AM.*,FMV.*"`]),
    '',
    io.isTerminal ? 'Ctrl-C drains and ends.\n\n' : '\n',
  ].join('\n')
}
