const wrap = 1e9

/** The vendor's clock, see there: microseconds that all processes of a machine share. */
export const nowUs = () => Number(process.hrtime.bigint() / 1000n) % wrap

/** How long each event took from the moment that stands in its price to the wake of a reader. */
export const latencies = () => {
  let spans = []

  const taken = (hadCore) => {
    // Every 17 minutes the clock begins anew, which would look like a wait of less than nothing.
    const those = spans.filter(({ fromUs, toUs }) => fromUs <= toUs)
    const msOf = ({ fromUs, toUs }) => (toUs - fromUs) / 1000
    spans = []
    return { all: those.map(msOf), core: those.filter(({ fromUs, toUs }) => hadCore(fromUs, toUs)).map(msOf) }
  }

  return {
    listen: (lane) => {
      const reader = lane.reader('latencies', { from: 'now' })
      reader.ready$.subscribe(() => {
        const toUs = nowUs()
        const batch = reader.pull()
        for (let i = 0; i < batch.length; i += 1) spans.push({ fromUs: batch.number(i, 'price') - 1, toUs })
        reader.commit()
      })
    },
    /** Milliseconds, of all since the last time. */
    take: () => taken(() => true).all,
    /** The same, and beside them those alone for which `hadCore` is true. */
    takeBoth: (hadCore) => taken(hadCore),
  }
}
