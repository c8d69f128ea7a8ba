import type { FrequencyHandle } from '../../engine/handle.ts'
import type { Tickers } from '../../../streams/tickers.ts'

/** What can be asked of a frequency over HTTP. */
export const changes = ['start', 'stop', 'restart', 'tickers'] as const
export type Change = (typeof changes)[number]

/** The body of `tickers`: a list of names, or `*`. A sentence when it is neither; which names cannot be is the engine's to say. */
export const tickersOf = (body: unknown): { readonly tickers: Tickers } | { readonly error: string } => {
  const error = 'expected {"tickers": ["AAPL", "MSFT"]} or {"tickers": "*"}'
  if (typeof body !== 'object' || body === null || !('tickers' in body)) return { error }
  const { tickers } = body
  if (tickers === '*') return { tickers }
  const isList = Array.isArray(tickers) && tickers.every((one): one is string => typeof one === 'string')
  return isList ? { tickers } : { error }
}

/** Does it. Throws what the engine throws: a RangeError for what cannot be, an Error when it is closed. */
export const make = (frequency: FrequencyHandle, change: Exclude<Change, 'tickers'>): void => {
  switch (change) {
    case 'start':
      frequency.start()
      break
    case 'stop':
      frequency.stop()
      break
    case 'restart':
      frequency.restart()
  }
}
