import { map } from 'rxjs'

import { perMinute, perSecond } from '../../streams/frequencies/index.ts'
import { engineMarbles, trade } from '../index.ts'
import { violationsOf } from './check.ts'

/** What the simulated faults have found, one page each. Two more are in marbles/streams/plan.marbles.ts: they are about moving. */
describe('found by simulated faults', () => {
  it('a late answer was taken for held after its channel had been given back', engineMarbles((m) => {
    m.script({ acks: { lateMs: 12 } })
    m.engine({ frequencies: [perSecond()], link: { ackLimitMs: 5, askAgain: { initialMs: 10, capMs: 20 } } })

    // Asked for at 0; silent at 5 and given back, whose answer is lost; the answer of 0 comes at 12.
    m.at('----l---------------g', { l: () => { m.vendor.change({ acks: { isLost: true } }) }, g: () => { m.vendor.change({ acks: {} }) } })
    m.feed.T(' 60ms a')
    m.expectEvents('per_second', ' 60ms a')
  }))

  it('a second loss inside an open gap had no place when something came between the two', engineMarbles((m) => {
    const link = { settleMs: 0, retry: { initialMs: 4 }, channelsPerMessage: 1, chunkPauseMs: 0 }
    const engine = m.engine({ frequencies: [perSecond({ tickers: ['A', 'B'] })], link })
    const [a, b, c, d] = [1, 2, 3, 4].map((sequence) => trade({ symbol: 'A', sequence }))
    const place$ = engine.frequency('per_second').gap$.pipe(map(({ id, positions: [where], toMs }) => `${id} after ${String(where?.afterOffset)} ${toMs === undefined ? 'opens' : 'closes'}`))
    const places: string[] = []
    place$.subscribe((place) => places.push(place))

    // Lost at 3, back at 5, answers are late: A is answered at 10, b comes at 11; c is held up, and lost at 14, before B is answered.
    m.at('---l--------s-l------', { l: () => { m.vendor.lose(); m.vendor.change({ acks: { lateMs: 5 } }) }, s: () => { m.vendor.stall(20) } })
    m.feed.T(' -a---------bc--------------d', { a, b, c, d })
    m.expectEvents('per_second', '-a---------b---------------d', { a, b, c, d })
    m.at('                            40ms x', { x: () => { expect(places).toEqual([
      'marble-1 after 0 opens', 'marble-1 after 0 closes', 'marble-2 after 1 opens', 'marble-2 after 1 closes',
    ]) } })
  }))

  it('a round of asking again hung for ever when the tickers changed in the middle of it', engineMarbles((m) => {
    m.script({ ignores: ['T'] })
    const engine = m.engine({ frequencies: [perSecond({ tickers: ['A', 'B', 'C'] })], link: { ackLimitMs: 4, askAgain: { initialMs: 20, capMs: 40 } } })
    const { state$ } = engine.frequency('per_second')
    const words: string[] = []
    state$.subscribe(({ word }) => { if (words.at(-1) !== word) words.push(word) })

    // Silent until 4, given back; the round asks for A first. B and C are not wanted any more when their turn comes.
    m.at('---------------------t---------g', { t: () => { engine.frequency('per_second').setTickers(['A']) }, g: () => { m.vendor.change({ ignores: [] }) } })
    m.at('300ms x', { x: () => { expect(words.slice(-2)).toEqual(['refused', 'live']) } })
  }))

  it('what one frequency was refused held up what another one asked for, again after each reconnect', engineMarbles((m) => {
    m.script({ ignores: ['T'] })
    m.engine({ frequencies: [perSecond(), perMinute()], link: { settleMs: 0, retry: { initialMs: 4 }, ackLimitMs: 25, channelsPerMessage: 1, askAgain: { initialMs: 500, capMs: 500 } } })

    m.at('      60ms l', { l: () => { m.vendor.lose() } })
    m.feed.AM(' 70ms a')
    m.expectEvents('per_minute', '70ms a')
  }))

  // As it was shrunk: a full lane holds up the leaving of a link without a place, another link of the account waits for that, and the first gets its place back.
  it('a link waited for ever for one that was to be given up, and stayed after all', async () => {
    expect(await violationsOf({
      setup: {"layout":"dedicated","startMs":1759759199980,"turnMs":0.0078125,"inboxBytes":262144,"turnBytes":32768,"latencyMs":0,"ackLimitMs":25,"channelsPerMessage":400,"chunkPauseMs":0,"budget":0,"random":0.5,"frequencies":{"per_second":{"limit":10,"whenFull":"lose","tickers":"*","stages":"none","isLooped":false},"per_minute":{"limit":10,"whenFull":"lose","tickers":"*","stages":"none","isLooped":false},"fair_market_value":{"limit":10,"whenFull":"block","tickers":"*","stages":"none","isLooped":false}},"ending":"mended"},
      worst: "per_second",
      steps: [
        {"waitMs":1,"deed":{"do":"evict","at":"per_second"}},
        {"waitMs":1,"deed":{"do":"send","types":["FMV"],"each":6,"ticker":"AAPL"}},
        {"waitMs":1,"deed":{"do":"send","types":["FMV"],"each":6,"ticker":"AAPL"}},
        {"waitMs":1,"deed":{"do":"change","at":"per_second","to":"own","isWhole":false}},
        {"waitMs":1,"deed":{"do":"evict","at":"per_second"}},
        {"waitMs":1,"deed":{"do":"key","at":"per_second","key":"refused","ms":400}},
        {"waitMs":700,"deed":{"do":"halfOpen","at":"per_second"}},
        {"waitMs":1,"deed":{"do":"operator","at":"per_second","fault":"throws","times":1}},
      ],
    })).toEqual([])
  })

  // The comparison's own: every answer was late by as much, so the end of a limit and the answer of an earlier question fell into one moment, each time
  // again, and which came first hung on whether another link had begun the pump's turn.
  it('a late answer and the end of a limit fell into one moment', async () => {
    expect(await violationsOf({
      setup: {"layout":"dedicated","startMs":1759759199980,"turnMs":0.0078125,"inboxBytes":262144,"turnBytes":32768,"latencyMs":0,"ackLimitMs":25,"channelsPerMessage":400,"chunkPauseMs":0,"budget":0,"random":0.5,"frequencies":{"per_second":{"limit":10,"whenFull":"lose","tickers":"*","stages":"none","isLooped":false},"per_minute":{"limit":10,"whenFull":"lose","tickers":"*","stages":"none","isLooped":false},"fair_market_value":{"limit":10,"whenFull":"lose","tickers":"*","stages":"none","isLooped":false}},"ending":"mended"},
      worst: "per_minute",
      steps: [
        {"waitMs":1,"deed":{"do":"forceDisconnect","at":"per_second"}},
        {"waitMs":1,"deed":{"do":"acks","at":"per_minute","acks":{"lateMs":60},"ms":400}},
        {"waitMs":1,"deed":{"do":"restart","at":"per_minute"}},
        {"waitMs":1,"deed":{"do":"send","types":["A"],"each":1,"ticker":"AAPL"}},
        {"waitMs":1,"deed":{"do":"close","at":"per_second","code":1000}},
        {"waitMs":30,"deed":{"do":"lose","at":"per_minute"}},
        {"waitMs":30,"deed":{"do":"lose","at":"per_minute"}},
        {"waitMs":12,"deed":{"do":"restart","at":"per_minute"}},
        {"waitMs":30,"deed":{"do":"pull","at":"per_minute","max":1}},
        {"waitMs":30,"deed":{"do":"leak","at":"per_minute"}},
      ],
    })).toEqual([])
  })
})
