/** Options that `run` and `simulate` share, as their simulator takes them. */
export const marketOptions = {
  rate: { help: 'trades per second over all tickers', what: 'trades per second', most: 1_000_000, fallback: 1000 },
  tickers: { help: 'how many tickers, or which', fallback: 100 },
  seed: {
    help: 'another number, another market',
    what: 'a seed',
    least: 0,
    most: 4_294_967_295,
    fallback: 1,
  },
} as const

export const chaosOption = {
  help: 'faults by a timetable, such as "kill@5s, every 30s freeze T 3s, random 20s"; may be given more than once',
} as const

/** What a timer takes: about 24 days. */
const secondsMax = 2_147_483

export const secondsOption = {
  help: 'ends by itself after so long; fractions are fine',
  what: 'seconds',
  most: secondsMax,
  fallback: undefined,
} as const
