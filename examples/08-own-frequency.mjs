// A frequency of one's own: what the vendor sells and this package has no name for. A codec says how an element reads, a
// definition makes a frequency of it; link, supervision, lanes, ledger and publisher need to be told nothing else.
//
// Here the imbalances before an auction (NOI), from a recording of five lines that the simulator plays.
//
//     npm run build && node examples/08-own-frequency.mjs
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { map } from 'rxjs'
import { createEngine, defineFrequency, limitUpLimitDown, sentence, simulated } from 'tickstock'
import { defineCodec, instantMs, instantNs, integer, number, optional, required, text, ticker } from 'tickstock/streams'

// On the left the event's field, on the right the wire's key and what it must be. The ticker is under `T`, not under `sym`.
const imbalance = defineCodec({
  ev: 'NOI',
  at: 'atMs',
  fields: {
    symbol: required('T', ticker),
    auctionTime: required('at', integer), // 930 is 09:30 in New York
    auctionType: required('a', text), // M core opening, C closing, …
    imbalance: required('o', number({ atLeast: 0 })), // shares
    paired: required('p', number({ atLeast: 0 })), // shares
    clearingPrice: optional('b', number({ atLeast: 0 })), // USD
    atNs: required('t', instantNs), // exactly, as text: 19 digits are more than a number holds
    atMs: required('t', instantMs),
  },
})

const imbalances = defineFrequency({ name: 'imbalances', codecs: [imbalance], quietMs: 600_000, speaks: 'regular' })

// An operator for it, like any other: what share of the auction finds nobody on the other side.
const withShare = map((event) => ({
  ...event,
  ev: 'imbalance',
  share: event.imbalance / (event.imbalance + event.paired),
}))

const folder = mkdtempSync(join(tmpdir(), 'tickstock-'))
const recording = join(folder, 'opening.frames')
writeFileSync(
  recording,
  `1601385600000 [{"ev":"NOI","T":"AAPL","t":1601385600000000123,"at":930,"a":"M","i":1,"x":10,"o":480,"p":440,"b":115.03}]
1601385600200 [{"ev":"NOI","T":"IBM","t":1601385600200000456,"at":930,"a":"M","i":2,"x":10,"o":100,"p":9900,"b":121.5}]
1601385600300 [{"ev":"LULD","h":126.5,"l":103.6,"i":[17],"z":3,"t":1601385600300000789,"q":7,"T":"AAPL"}]
1601385600400 [{"ev":"NOI","T":"AAPL","t":1601385600400000123,"at":930,"a":"M","i":3,"x":10,"o":-5,"p":900,"b":115.1}]
1601385600500 [{"ev":"NOI","T":"AAPL","t":1601385600500000321,"at":930,"a":"M","i":4,"x":10,"o":40,"p":880,"b":115.12}]
`,
)

const engine = createEngine({
  provider: simulated({ frames: recording }), // for real: polygon({ apiKey }), with an entitlement for NOI
  frequencies: [imbalances({ tickers: ['AAPL'] }).pipe(withShare), limitUpLimitDown({ tickers: ['AAPL'] })],
  signal: AbortSignal.timeout(2000),
})
try {
  const own = engine.frequency('imbalances')
  own.event$.subscribe(({ symbol, share, atNs }) => console.log(symbol, `${(share * 100).toFixed(1)} % at ${atNs} ns`))
  own.reject$.subscribe((reject) => console.log('rejected:', sentence(reject)))
  engine.frequency('limit_up_limit_down').event$.subscribe(({ symbol, low, high, indicators }) => {
    console.log(symbol, indicators.includes(17) ? 'is halted' : `between ${low} and ${high}`)
  })
  await engine.start()

  for await (const batch of own.lane('imbalance').reader('report'))
    console.log('on the wire:', Buffer.from(batch.wire(0)).toString())
} finally {
  await engine.close()
  rmSync(folder, { recursive: true })
  engine.ledger().assertBalanced()
}
