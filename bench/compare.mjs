// Paths over the same frames, measured by turns: whatever the machine does meanwhile, it does to all of them.

/** Of these passes over the frames, after one that is not counted: in it caches and the processor's guesses are still another path's. */
const passes = 3

/** Processor time of all threads: on a machine that others use as well a clock on the wall measures them. */
const nanoseconds = (run, frames) => {
  run(frames)
  const before = process.cpuUsage()
  for (let i = 0; i < passes; i += 1) run(frames)
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / passes
}

const quantile = (values, share) => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}

/**
 * Each path's time for one event and its speed against the first path, which is the baseline: medians over the rounds, the
 * ratio taken within each round, with its quartiles. The order of the paths changes from round to round.
 */
export const compare = (paths, frames, events, { rounds, warmUps = 3 }) => {
  const names = Object.keys(paths)
  const times = new Map(names.map((name) => [name, []]))
  for (let round = -warmUps; round < rounds; round += 1) {
    for (let i = 0; i < names.length; i += 1) {
      const name = names[(i + Math.abs(round)) % names.length]
      const taken = nanoseconds(paths[name], frames)
      if (round >= 0) times.get(name).push(taken / events)
    }
  }
  const base = times.get(names[0])
  return names.map((name) => {
    const own = times.get(name)
    const ratios = own.map((time, round) => base[round] / time)
    return {
      name,
      ns: quantile(own, 0.5),
      ratio: quantile(ratios, 0.5),
      ratios,
      low: quantile(ratios, 0.25),
      high: quantile(ratios, 0.75),
    }
  })
}
