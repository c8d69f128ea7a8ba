/** 350 ms, 4.2 s, 75 s, 12 min */
export const span = (ms: number): string => {
  if (ms < 1000) return `${String(Math.round(ms))} ms`
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`
  return ms < 120_000 ? `${String(Math.round(ms / 1000))} s` : `${String(Math.round(ms / 60_000))} min`
}

/** 1 gap, 1,200 gaps */
export const count = (n: number, one: string): string => `${n.toLocaleString('en-US')} ${one}${n === 1 ? '' : 's'}`

export const clockTime = (ms: number): string => `${new Date(ms).toISOString().slice(11, 19)} UTC`

/** The first five. */
export const listOf = (channels: readonly string[]): string => {
  const named = channels.slice(0, 5).join(', ')
  return channels.length > 5 ? `${named} and ${String(channels.length - 5)} more` : named
}
