import { map } from 'rxjs'

import { limitUpLimitDown } from '../../streams/frequencies/index.ts'
import { engineMarbles } from '../index.ts'

describe('a frequency of one codec and one definition', () => {
  it('flows like the built-in ones, and what operators make of it is written by its own table', engineMarbles((m) => {
    const wider = limitUpLimitDown().pipe(map((event) => ({ ...event, high: event.high + 1 })))
    const engine = m.engine({ frequencies: [wider] })
    const wire: string[] = []
    engine.frequency('limit_up_limit_down').batch$.subscribe((batch) => wire.push(Buffer.from(batch.wire(0)).toString()))
    const band = { ev: 'LULD', symbol: 'AAPL', high: 102, low: 99, indicators: [21], atNs: '1759759200000000123', atMs: 1759759200000 }

    m.feed.text('                             -a-', { a: '[{"ev":"LULD","h":101,"l":99,"i":[21],"t":1759759200000000123,"T":"AAPL"}]' })
    m.expectEvents('limit_up_limit_down', '   -A-', { A: band })
    m.expectStates('limit_up_limit_down', '   L--')
    m.at('                                    --t', {
      t: () => { expect(wire).toEqual(['{"ev":"LULD","T":"AAPL","h":102,"l":99,"i":[21],"t":1759759200000000123}']) },
    })
  }))

  it('reads quiet after a minute, and never stale', engineMarbles((m) => {
    m.startsAt(Date.UTC(2025, 9, 6, 14, 0, 0))
    m.engine({ frequencies: [limitUpLimitDown()] })

    m.expectStates('limit_up_limit_down', 'L 59s 999ms q')
    m.lasts('                              3600s')
  }))
})
