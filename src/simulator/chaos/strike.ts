import type { AccountOf } from '../accounts.ts'
import type { Hall, Seat } from '../hall.ts'
import { frameOf, statusWire, type StatusWord } from '../wire.ts'
import type { Fault } from './fault.ts'
import { garbageOf, paddingOf } from './garbage.ts'
import { fits, fitsCaller, isMeant, type Selector } from './selector.ts'

/** A fault that has happened. */
export interface Struck {
  /** Connections it was done to. */
  readonly hit: readonly number[]
  /** Takes it back, as far as it lasts; absent for one that happens at one moment. */
  readonly lift?: () => void
}

export interface StrikeSources {
  readonly hall: Hall
  readonly accountOf: AccountOf
}

/** The word is documented, its text and the code behind it are not: ours, by the example of `max_connections`. */
const dismiss = (seat: Seat, word: StatusWord, text: string): void => {
  seat.connection.status(frameOf([statusWire(word, text)]))
  seat.leave()
  seat.connection.close()
}

const toEach = (seats: readonly Seat[], harm: (seat: Seat) => void): Struck => {
  for (const seat of seats) harm(seat)
  return { hit: seats.map(({ id }) => id) }
}

/** A connection that is on its way out, or half open, cannot be hit any more. */
const isInReach = ({ connection }: Seat): boolean => connection.open && !connection.halfOpen

/** From now on the keys are refused; who is in by one of them is dropped without a word, as whoever the vendor wants rid of. */
const refuseKeys = (selector: Selector, seats: readonly Seat[], { hall, accountOf }: StrikeSources): Struck => {
  // Whoever comes has not subscribed yet: what a channel means is known by who holds it now.
  const keys = new Set(seats.flatMap(({ login }) => login?.key ?? []))
  const isByKey = selector.channel !== undefined || selector.connection !== undefined
  const { channel: _channel, connection: _connection, ...rest } = selector
  const lift = hall.rules.addKeyRule(
    (caller) => fitsCaller(rest, caller, accountOf) && (!isByKey || keys.has(caller.login?.key ?? '')),
  )

  const refused = [...hall.seats].filter(
    (seat) => isInReach(seat) && seat.session.state === 'authenticated' && hall.rules.refusesKey(seat),
  )
  return {
    lift,
    ...toEach(refused, (seat) => {
      seat.leave()
      seat.connection.drop()
    }),
  }
}

/** Does a fault to the connections that `selector` fits at this moment, oldest first. */
export const strike = (fault: Fault, selector: Selector, sources: StrikeSources): Struck => {
  const { hall, accountOf } = sources
  const seats = [...hall.seats].filter((seat) => isInReach(seat) && fits(selector, seat, accountOf))
  const each = (harm: (seat: Seat) => void): Struck => toEach(seats, harm)

  switch (fault.name) {
    case 'kill':
      return each((seat) => {
        seat.leave()
        seat.connection.cut()
      })
    case 'halfOpen':
      return each(({ connection }) => connection.loseNetwork())
    case 'freeze':
      return each(({ connection }) => connection.freeze(fault.ms))
    case 'slowReader':
      return each(({ connection }) => connection.overflow())
    case 'garbage':
      return each(({ connection, socket }) => {
        if (fault.kind === 'frame') connection.write(garbageOf.frame)
        else socket.send(garbageOf[fault.kind], { binary: false })
      })
    case 'oversized': {
      const padding = paddingOf(fault.bytes)
      return each(({ socket }) => socket.send(padding))
    }
    case 'noPong':
      for (const seat of seats) seat.answersPings = false
      return {
        hit: seats.map(({ id }) => id),
        lift: () => {
          for (const seat of seats) seat.answersPings = true
        },
      }
    case 'evict':
      return each((seat) => seat.evict())
    case 'wrongKey':
      return refuseKeys(selector, seats, sources)
    case 'refuse': {
      const { channel: _channel, ...rest } = selector
      return {
        hit: seats.map(({ id }) => id),
        lift: hall.rules.addPairRule(
          (caller, pair) =>
            fitsCaller(rest, caller, accountOf) && fault.channels.some((pattern) => isMeant(pair, pattern)),
        ),
      }
    }
    case 'forceDisconnect':
      return each((seat) => dismiss(seat, 'force_disconnect', 'This connection was ended by the server.'))
    case 'authTimeout':
      return each((seat) => dismiss(seat, 'auth_timeout', 'No authentication request received.'))
    case 'serverError':
    case 'goingAway':
      return each((seat) => {
        seat.leave()
        seat.connection.close(fault.name === 'serverError' ? 1011 : 1001)
      })
  }
}
