/** Wall time beyond processor time, within one turn of the loop, from which on the core was somebody else's. */
const stolenMs = 0.5

/**
 * Notes when this process did not have its core: on a machine that others use as well, they and not the engine make the longest waits.
 * An idle wait for the network counts too, which leaves out some of the shortest waits and none of the longest.
 */
export const stolenTimes = (nowUs) => {
  let isOn = false
  let intervals = []

  const start = () => {
    isOn = true
    intervals = []
    let beganUs = nowUs()
    let cpu = process.cpuUsage()
    const look = () => {
      if (!isOn) return
      const endUs = nowUs()
      const { user, system } = process.cpuUsage(cpu)
      if (endUs - beganUs - (user + system) > stolenMs * 1000) intervals.push([beganUs, endUs])
      beganUs = nowUs()
      cpu = process.cpuUsage()
      setImmediate(look)
    }
    setImmediate(look)
  }

  return {
    start,
    /** Ends it. Says of a span whether the core was there all the time. */
    stop: () => {
      isOn = false
      const those = intervals
      return (fromUs, toUs) => !those.some(([began, end]) => began < toUs && fromUs < end)
    },
  }
}
