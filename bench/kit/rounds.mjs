// Contenders take turns: what the machine does to one of them in a second it does to the others in the next.

export const median = (values) => quantile(values, 0.5)

/** By linear interpolation between the two nearest. */
export const quantile = (values, q) => {
  const sorted = Float64Array.from(values).sort()
  if (sorted.length === 0) return NaN
  const at = (sorted.length - 1) * q
  const low = Math.floor(at)
  const high = Math.ceil(at)
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low)
}

/**
 * Runs every contender once per round, each round beginning with another one, and returns what each gave, in order:
 * `{ name: [figure of round 1, …] }`. A contender is a function that answers with its figure, or a promise of it.
 *
 * `warmUps` rounds before the first are run and forgotten.
 */
export const interleaved = async (contenders, { rounds, warmUps = 2 }) => {
  const names = Object.keys(contenders)
  const figures = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = -warmUps; round < rounds; round += 1) {
    for (let i = 0; i < names.length; i += 1) {
      const name = names[(i + round + warmUps) % names.length]
      const figure = await contenders[name]()
      if (round >= 0) figures[name].push(figure)
    }
  }
  return figures
}

/** The ratio of two contenders, round by round: its median does not know how fast the machine was. */
export const ratios = (above, below) => above.map((figure, i) => figure / below[i])

/**
 * Nanoseconds of processor time per event of `work`, which answers how many events it has handled. Processor time, of all threads of
 * this process: on a machine that others use as well a clock on the wall measures them.
 */
export const nsPerEvent = (work) => {
  const before = process.cpuUsage()
  const events = work()
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / events
}
