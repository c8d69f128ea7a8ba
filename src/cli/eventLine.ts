const clock = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

let lastSecond = NaN
let lastClock = ''

/** 09:30:00.123 in New York. The zone is asked once a second: most events of a frame are of the same. */
const newYorkTime = (atMs: number): string => {
  const second = Math.floor(atMs / 1000)
  if (second !== lastSecond) {
    lastClock = clock.format(second * 1000)
    lastSecond = second
  }
  return `${lastClock}.${String(Math.floor(atMs % 1000)).padStart(3, '0')}`
}

const noTime = '--:--:--.---'

/** Milliseconds, or, told by magnitude, nanoseconds; a bar's time is its start. */
const timeOf = ({ t, s }: Readonly<Record<string, unknown>>): string => {
  const time = typeof t === 'number' ? t : s
  if (typeof time !== 'number' || !(time > 0)) return noTime
  // Nineteen digits have lost up to 128 ns by now: half a microsecond keeps a whole millisecond whole.
  const atMs = time >= 1e16 ? time / 1e6 + 0.0005 : time
  return atMs < 8.64e15 ? newYorkTime(atMs) : noTime
}

const shown = (value: unknown): string =>
  value === undefined ? '-' : typeof value === 'string' ? value : JSON.stringify(value)

/** Most events name their ticker `sym`; docs/protocol.md, section 10, has one more name for it. */
const tickerKeyOf = (event: Readonly<Record<string, unknown>>): string =>
  typeof event.sym !== 'string' && typeof event.T === 'string' ? 'T' : 'sym'

const valuesOf = (event: Readonly<Record<string, unknown>>): string => {
  const { ev, [tickerKeyOf(event)]: _ticker, ...rest } = event
  const of = (name: string): string => shown(event[name])

  switch (ev) {
    case 'T':
      return `${of('p')} x ${of('s')}`
    case 'Q':
      return `bid ${of('bp')} x ${of('bs')}  ask ${of('ap')} x ${of('as')}`
    case 'A':
    case 'AM':
      return `o ${of('o')}  h ${of('h')}  l ${of('l')}  c ${of('c')}  v ${of('v')}`
    case 'FMV':
      return of('fmv')
    default:
      return JSON.stringify(rest)
  }
}

/**
 * One event of the wire for people: time in New York, ticker, event type, values.
 *
 *     09:30:00.123  AAPL    T    189.2 x 100
 *     09:30:00.000  MSFT    AM   o 410.1  h 410.4  l 410  c 410.22  v 12040
 *
 * Anything that is no event is written as it is.
 */
export const eventLine = (event: unknown): string => {
  if (typeof event !== 'object' || event === null) return JSON.stringify(event)
  const fields = event as Readonly<Record<string, unknown>>

  return `${timeOf(fields)}  ${shown(fields[tickerKeyOf(fields)]).padEnd(6)}  ${shown(fields.ev).padEnd(3)}  ${valuesOf(fields)}`
}
