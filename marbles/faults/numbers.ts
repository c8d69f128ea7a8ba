import type { EventLike, FairMarketValue, MinuteBar, SecondBar, Trade } from '../../streams/model.ts'
import { fairValue, marketTimeMs, minuteBar, secondBar, trade } from '../index.ts'
import type { EventType, Ticker } from './scenario.ts'

/** Every event of a run has a number, and the step that sent it is in it: a run without some of its steps has the same numbers. */
export const numberAt = (step: number, i: number): number => (step + 1) * 100 + i

/** Bars of this many windows come again and again: they are revisions of one another. */
const windows = 3

export const numbered = (type: EventType, n: number, symbol: Ticker): EventLike => {
  switch (type) {
    case 'T':
      return trade({ sequence: n, symbol, atMs: marketTimeMs + n })
    case 'A':
      return secondBar({ volume: n, symbol, startMs: marketTimeMs + (n % windows) * 1_000 })
    case 'AM':
      return minuteBar({ volume: n, symbol, startMs: marketTimeMs + (n % windows) * 60_000 })
    case 'FMV':
      return fairValue({ symbol, atNs: `${String(marketTimeMs)}${String(n).padStart(6, '0')}` })
  }
}

export const numberOf = (event: EventLike): number => {
  switch (event.ev as EventType) {
    case 'T':
      return (event as Trade).sequence ?? -1
    case 'A':
    case 'AM':
      return (event as SecondBar | MinuteBar).volume
    case 'FMV':
      return Number((event as FairMarketValue).atNs.slice(-6))
  }
}
