import { simulate } from './simulate.ts'

describe('the simulation', () => {
  it('finds nothing wrong in the first scenarios of a seed, compares many of them, and sees gaps', async () => {
    const { runs, compared, events, failure } = await simulate({ seed: 20_261_123, runs: 150 })

    expect(failure?.text).toBeUndefined()
    expect(runs).toBe(150)
    expect(compared).toBeGreaterThan(30)
    expect(events.heard).toBeGreaterThan(1_000)
    expect(events.gaps).toBeGreaterThan(50)
  }, 120_000)
})
