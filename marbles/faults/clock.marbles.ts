import { setTimeout as wait } from 'node:timers/promises'
import { asyncScheduler, interval, timer } from 'rxjs'

import { virtualClock } from './clock.ts'

describe('the clock of a simulation', () => {
  it('runs what falls due in order, and of one moment in the order in which it was set', () => {
    const clock = virtualClock(1_000)
    const said: string[] = []
    try {
      timer(2).subscribe(() => said.push(`${String(asyncScheduler.now())} b`))
      timer(2).subscribe(() => said.push(`${String(asyncScheduler.now())} c`))
      const ticks = interval(1).subscribe(() => said.push(`${String(asyncScheduler.now())} a`))
      clock.advance(2)
      ticks.unsubscribe()
      clock.advance(5)
      expect(clock.pending()).toBe(0)
    } finally {
      clock.release()
    }

    // The interval is set anew when it has run, behind the others.
    expect(said).toEqual(['1001 a', '1002 b', '1002 c', '1002 a'])
  })

  it('lets a timer of real time be taken back', async () => {
    const fired: string[] = []
    const real = timer(5).subscribe(() => fired.push('real'))
    const bare = setTimeout(() => fired.push('bare'), 5)
    const clock = virtualClock(1_000)
    real.unsubscribe()
    clearTimeout(bare)
    clock.release()

    // RxJS throws at a timer that fires for an action that has been cancelled.
    await wait(20)
    expect(fired).toEqual([])
  })
})
