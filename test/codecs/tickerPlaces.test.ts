import { TickerPlaces } from '../../streams/codecs/tickerPlaces.ts'

describe('the places of tickers', () => {
  const asked: string[] = []
  const places = new TickerPlaces((ticker) => {
    asked.push(ticker)
    return ticker.length
  })

  it('are asked for by text once for each number of a list', () => {
    const names = ['A', 'AAPL']
    expect([1, 0, 1, 0].map((number) => places.ofNumber(names, number))).toEqual([4, 1, 4, 1])
    expect(asked.splice(0)).toEqual(['AAPL', 'A'])
  })

  it('are those of the list at hand, which may have grown', () => {
    const names = Array.from({ length: 3_000 }, (_, i) => 'X'.repeat(1 + (i % 7)))
    expect(places.ofNumber(names, 1)).toBe(2)
    names.push('MSFT')
    expect(places.ofNumber(names, 3_000)).toBe(4)
    expect(places.ofNumber(names, 1)).toBe(2)
    expect(places.ofNumber(['GE'], 0)).toBe(2)
    expect(asked.splice(0)).toEqual(['XX', 'MSFT', 'GE'])
  })

  it('are asked for each time once they change hands', () => {
    const names = ['GE']
    places.ofNumber(names, 0)
    places.moveOn()
    expect([places.ofNumber(names, 0), places.ofNumber(names, 0)]).toEqual([2, 2])
    expect(places.of('GOOG')).toBe(4)
    expect(asked.splice(0)).toEqual(['GE', 'GE', 'GE', 'GOOG'])
  })
})
