const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const fine = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })

export const count = (value: number): string => whole.format(value)

/** Events or frames in a second: small ones with a digit more. */
export const rate = (value: number): string => (value > 0 && value < 10 ? fine.format(value) : whole.format(value))

/** Milliseconds as a person reads them: `0.3 ms`, `42 ms`, `1.4 s`, `3 min`, `2 h`. */
export const duration = (ms: number): string => {
  if (ms < 10) return `${fine.format(ms)} ms`
  if (ms < 1000) return `${whole.format(ms)} ms`
  if (ms < 60_000) return `${fine.format(ms / 1000)} s`
  if (ms < 3_600_000) return `${whole.format(Math.floor(ms / 60_000))} min`
  if (ms < 86_400_000) return `${fine.format(ms / 3_600_000)} h`
  return `${whole.format(ms / 86_400_000)} days`
}

export const bytes = (value: number): string => {
  if (value < 1000) return `${whole.format(value)} B`
  if (value < 1e6) return `${fine.format(value / 1000)} kB`
  if (value < 1e9) return `${fine.format(value / 1e6)} MB`
  return `${fine.format(value / 1e9)} GB`
}

/** The time of day on the viewer's clock. */
export const clock = (ms: number): string => new Date(ms).toLocaleTimeString('en-GB')

export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`
