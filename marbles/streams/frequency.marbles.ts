import { map } from 'rxjs'

import { defineCodec, number, required, ticker, timeMs } from '../../streams/codecs/index.ts'
import { defineFrequency } from '../../streams/defineFrequency.ts'
import { engineMarbles } from '../index.ts'

/** The ticker of limit-up, limit-down bands is under `T`, not under `sym`. */
const band = defineCodec({
  ev: 'LULD',
  at: 'atMs',
  fields: {
    symbol: required('T', ticker),
    high: required('h', number({ over: 0 })),
    low: required('l', number({ over: 0 })),
    atMs: required('t', timeMs),
  },
})

const bands = defineFrequency({ name: 'bands', codecs: [band], quietMs: 60_000 })

describe('a frequency of one codec and one definition', () => {
  it('flows like the built-in ones, and what operators make of it is written by its own table', engineMarbles((m) => {
    const wider = map((event: { ev: 'LULD'; symbol: string; high: number; low: number; atMs: number }) => ({ ...event, high: event.high + 1 }))
    const engine = m.engine({ frequencies: [bands().pipe(wider)] })
    const wire: string[] = []
    engine.frequency('bands').batch$.subscribe((batch) => wire.push(Buffer.from(batch.wire(0)).toString()))

    m.feed.text('               -a-', { a: '[{"ev":"LULD","T":"AAPL","h":101,"l":99,"t":1759759200000}]' })
    m.expectEvents('bands', '   -A-', { A: { ev: 'LULD', symbol: 'AAPL', high: 102, low: 99, atMs: 1759759200000 } })
    m.at('                      --t', { t: () => { expect(wire).toEqual(['{"ev":"LULD","T":"AAPL","h":102,"l":99,"t":1759759200000}']) } })
  }))
})
