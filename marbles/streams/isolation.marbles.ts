import { map, mergeMap, type MonoTypeOperatorFunction, take, tap, timer } from 'rxjs'

import { type EventLike, fairMarketValue, perMinute, perSecond } from '../../src/index.ts'
import { engineMarbles, letterEvents, matchers } from '../index.ts'
import '../matchers.ts'

expect.extend(matchers)

const quick = { settleMs: 0, retry: { initialMs: 10 } }
const bad = '{"ev":"T","sym":"AAPL","p":-1,"s":1,"t":1700000000000}'

const throwsAt = <E extends EventLike & { readonly price: number }>(price: number): MonoTypeOperatorFunction<E> =>
  tap((event) => {
    if (event.price === price) throw new Error(`no ${String(price)}`)
  })

describe('isolation', () => {
  it('loses a bad element and nothing else of its frame', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond(), perMinute()] })
    const good = '{"ev":"AM","sym":"AAPL","o":100,"h":100,"l":100,"c":100,"v":1000,"s":1759759200000,"e":1759759260000}'
    const { reject$ } = engine.frequency('per_second')

    m.feed.text('-x-', { x: `[${good},${bad},nonsense,${good.replaceAll('100,', '101,')}]` }, 'T')

    m.expect(engine.frequency('per_minute').event$.pipe(map(({ close }) => close))).toBe('-(ab)', { a: 100, b: 101 })
    m.expect(reject$.pipe(map(({ kind }) => kind))).toBe('                        -i', { i: 'invalid' })
    m.expect(engine.reject$.pipe(map(({ kind }) => kind))).toBe('                 -(ij)', { i: 'invalid', j: 'malformed' })
    m.expectStates('per_second', 'L--')
    m.expect('per_minute').toBeIsolatedFrom('per_second')
  }))

  it('delivers what stands before the break of a broken frame', engineMarbles((m) => {
    m.engine({ frequencies: [perSecond()] })

    m.feed.text('-x-', { x: '[{"ev":"T","sym":"AAPL","p":101,"s":100,"x":4,"t":1759759200000,"q":1},{"ev":"T"' })
    m.feed.T('   --b')

    m.expectEvents('per_second', '-ab')
  }))

  it('costs one event when an operator without state throws', engineMarbles((m) => {
    m.engine({ frequencies: [perSecond().pipe(throwsAt(102)), perMinute()] })

    m.feed.T(' -a-(bc)-b-d-')
    m.feed.AM('---a----b---')

    m.expectEvents('per_second', '     -a-c------d-')
    m.expectDeadLetters('per_second', '---b----b---')
    m.expectEvents('per_minute', '     ---a----b---')
    m.expectStates('per_minute', '     L-----------')
    m.expect('per_minute').toBeIsolatedFrom('per_second')
    m.expect('per_minute').toLoseNothing()
  }))

  it('keeps a frequency whose operators complete, and its neighbours', engineMarbles((m) => {
    m.engine({ frequencies: [perSecond().pipe(take(1)), perMinute()] })

    m.feed.T(' -a-(bc)--d-')
    m.feed.AM('-a------b--')

    m.expectEvents('per_second', '-a-(bc)--d-')
    m.expectEvents('per_minute', '-a------b--')
    m.expect('per_minute').toBeIsolatedFrom('per_second')
  }))

  it('lets a timer of one frequency throw without a word to the others', engineMarbles((m) => {
    const late = mergeMap((event: EventLike) => timer(2).pipe(map((): EventLike => { throw new Error(event.symbol) })))
    m.engine({ frequencies: [perSecond().pipe(late), perMinute()] })

    m.feed.T(' -a---')
    m.feed.AM('-a-b-')

    m.expectEvents('per_second', '------')
    m.expectEvents('per_minute', '-a-b--')
    m.expect('per_minute').toBeIsolatedFrom('per_second')
  }))

  it('changes no other diagram when a dedicated link is lost', engineMarbles((m) => {
    m.engine({ links: 'dedicated', frequencies: [perSecond(), perMinute(), fairMarketValue()], link: quick })

    m.feed.T('  -a-#--b----c-')
    m.feed.AM(' -a-(bc)--d-e-')
    m.feed.FMV('-a-a-a-a-a-a--')

    m.expectEvents('per_second', '       -a---------c-')
    m.expectEvents('per_minute', '       -a-(bc)--d-e-')
    m.expectStates('per_minute', '       L------------')
    m.expectGaps('per_minute', '         -------------')
    m.expectEvents('fair_market_value', '-a-a-a-a-a-a--')
    m.expect('per_minute').toBeIsolatedFrom('per_second')
    m.expect('fair_market_value').toBeIsolatedFrom('per_second')
    m.expect('fair_market_value').toLoseNothing()
  }))

  it('lets each frequency of a shared link see the loss as its own and come back', engineMarbles((m) => {
    m.engine({ links: 'shared', frequencies: [perSecond(), perMinute()], link: quick })

    m.feed.T(' -a-#--------c-')
    m.feed.AM('-a---b-----c--')

    m.expectEvents('per_second', '-a----------c-')
    m.expectStates('per_second', 'L--R----L-----')
    m.expectGaps('per_second', '  ---o----c-----')
    m.expectEvents('per_minute', '-a---------c--')
    m.expectStates('per_minute', 'L--R----L-----')
    m.expectGaps('per_minute', '  ---o----c-----')
  }))

  it('lets a reader stop without touching another one', engineMarbles((m) => {
    const lane = m.engine({ frequencies: [perSecond()] }).frequency('per_second').lane('T')

    m.feed.T('                                -a-(bc)---d--')

    m.expect(m.pulls(lane, '                 --p-p-x-----p', { name: 'one' })).toBe('--u-v-------w', { u: letterEvents('T', 'a'), v: letterEvents('T', 'bc'), w: [] })
    m.expect(m.pulls(lane, '                 --pc----p--pc', { name: 'two' })).toBe('--u-----v--w-', { u: letterEvents('T', 'a'), v: letterEvents('T', 'bc'), w: letterEvents('T', 'd') })
  }))

  it('keeps a slow reader from costing a quick one anything', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond({ limit: 2 })] })
    const lane = engine.frequency('per_second').lane('T')
    const see = ({ from, to, lostBefore }: { from: number; to: number; lostBefore: number }) => `${String(from)}-${String(to)} lost ${String(lostBefore)}`

    m.feed.T('               -(abc)-d--e--')

    m.expect(m.pulls(lane, '------------p', { name: 'slow', see })).toBe('------------s', { s: '3-5 lost 3' })
    m.expect(lane.batches({ name: 'quick' }).pipe(mergeMap((batch) => [...batch]))).toBe('     -(ab)--(cd)', { a: letterEvents('T', 'a')[0]!, b: letterEvents('T', 'b')[0]!, c: letterEvents('T', 'c')[0]!, d: letterEvents('T', 'd')[0]! })
  }))

  it('keeps each frequency from all that befalls the two others', () => {
    const page = engineMarbles((m) => {
      m.script({ refuses: ['Q'] })
      const engine = m.engine({
        links: 'dedicated',
        frequencies: [perSecond({ channels: ['T', 'Q'], limit: 2 }), perMinute().pipe(take(1)), fairMarketValue().pipe(throwsAt(102))],
        link: quick,
      })

      m.feed.T('   -a-(bcd)-#--------e---f-')
      m.feed.AM('  --a---b------------cd-----')
      m.feed.FMV(' --a-b-b-a-c-d--------e----')
      m.feed.text('---x---------------------', { x: `[${bad}` }, 'T')
      m.faults('   ------------------l', 'FMV')
      m.at('       --------------------s--S', {
        s: () => { engine.frequency('per_minute').stop() },
        S: () => { engine.frequency('per_minute').start() },
      })
      void m.pulls(engine.frequency('per_second').lane('T'), '-------------------------p')
    })

    for (const frequency of ['per_second', 'per_minute', 'fair_market_value']) expect(page).toBeIsolatedFrom(frequency)
    expect(page).toLoseNothingSilently()
    expect(page).toKeepOrder()
  })
})
