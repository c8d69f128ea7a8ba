// The path of a frame inside one process, driven by hand: what lies between a link's signal and a reader's pull, as the engine
// has it, without sockets and without the loop's turns.
//
//     feed ─ reading ─ arrivals ─ paced ─ decoding ─ parting ─ stream ─ lane ─ reader ─ pull
import { Subject } from 'rxjs'

import { createControl } from '../../dist/esm/src/engine/control.js'
import { watchStream } from '../../dist/esm/src/engine/watch.js'
import { silent } from '../../dist/esm/src/ops/logger.js'
import { linkMeter } from '../../dist/esm/streams/arrivals.js'
import { circuit, wire } from '../../dist/esm/streams/circuit.js'
import { decodeFrame } from '../../dist/esm/streams/codecs/decodeFrame.js'
import { encodeEvent } from '../../dist/esm/streams/codecs/encodeEvent.js'
import { fairMarketValue, perMinute, perSecond } from '../../dist/esm/streams/frequencies/index.js'
import { createLedger } from '../../dist/esm/streams/ledger.js'
import { createReading } from '../../dist/esm/streams/link/reading.js'
import { createPump } from '../../dist/esm/streams/pump.js'
import { plainBatch } from './plainBatch.mjs'

/** A turn that comes when it is told to. */
const manualTurn = () => {
  let work
  return {
    turn: (next) => {
      work = next
      return () => (work = undefined)
    },
    runAll: () => {
      while (work !== undefined) {
        const now = work
        work = undefined
        now()
      }
    },
  }
}

/**
 * In place of the decoder: hands out what was decoded before, in batches that cost nothing, so that what is measured is the path around
 * it. `own` leaves the decoder's batches.
 */
export const prepared = (frames, { own = false } = {}) => {
  for (const bytes of frames) {
    const decoded = decodeFrame(bytes)
    // On the frame itself: a table would cost a look-up that no decoder makes.
    bytes.prepared = own ? decoded : { ...decoded, batches: decoded.batches.map(plainBatch) }
  }
  return (bytes) => bytes.prepared
}

/** So much is fed before the pump runs: what it takes from one link in a turn. */
const turnBytes = 32 * 1024

const stopwatch = () => performance.now()

/**
 * A running path. `feed(frames)` sends them in, a turn's worth at a time, and after each turn the reader of each lane pulls what has
 * come, as one that awaits does; every pull goes to `onPulled`. `readers` are opened per lane: all but the first are idle. `channels` are those of the trades' frequency.
 */
export const createRig = ({
  decode = decodeFrame,
  tickers = '*',
  readers = 1,
  onPulled = () => {},
  channels,
  limit = 1000,
}) => {
  const hand = manualTurn()
  const pump = createPump({ turn: hand.turn })
  const ledger = createLedger()
  const signal$ = new Subject()
  const never$ = new Subject()
  const meter = linkMeter()
  const gates = new Map()
  let pulledEvents = 0
  let lost = 0

  const frequencies = [
    perSecond({ tickers, limit, ...(channels === undefined ? {} : { channels }) }),
    perMinute({ tickers, limit }),
    fairMarketValue({ tickers, limit }),
  ]
  const lanes = []
  const controls = frequencies.map((frequency, i) =>
    createControl({
      frequency,
      priority: i + 1,
      epoch: 'bench',
      pump,
      ledger,
      made: (lane) => lanes.push(lane),
      now: () => 0,
      stopwatch,
    }),
  )
  const controlOf = (name) => controls.find((control) => control.name === name)
  const frequency$ = new Subject()
  const { stream$ } = circuit({
    frequency$,
    of: ({ name }) => {
      const { place$, stages$, gate, running$, wanted$, pacing$, lanes: heads } = controlOf(name)
      const gaps = { nextId: () => 'gap', heads }
      return {
        place$,
        stages$,
        gate,
        running$,
        wanted$,
        pacing$,
        random: Math.random,
        encode: encodeEvent,
        gaps,
        stopwatch,
      }
    },
  })
  stream$.subscribe((stream) => {
    const control = controlOf(stream.name)
    watchStream({ stream, control, logger: silent, states: new Map(), encode: encodeEvent, end$: never$ })
  })
  for (const frequency of frequencies) frequency$.next(frequency)

  const latencies = new Map(controls.map(({ name, latency }) => [name, latency]))
  const own = wire({
    id: 'bench',
    gates,
    priority: 1,
    link$: signal$,
    leave$: never$,
    pump,
    inboxBytes: 256 * 1024,
    decode,
    full: () => {},
    hide: (text) => text,
    meter,
    passing: {
      begin: (frequency, batch, frame) => latencies.get(frequency).begin(batch, frame),
      end: (frequency) => latencies.get(frequency).end(),
    },
    cut$: never$,
  })
  // As the engine has it: statuses, rejects and leavings are listened to.
  own.status$.subscribe(() => {})
  own.state$.subscribe(() => {})
  own.channels$.subscribe(() => {})
  own.gone$.subscribe(() => {})
  own.reject$.subscribe(() => {})

  for (const control of controls) {
    control.open()
    gates.set(control.name, control.gate)
    control.place$.next(own.place(control.name))
  }
  own.connect()

  const pulling = lanes.map((lane) => {
    const reader = lane.reader('bench')
    for (let i = 1; i < readers; i += 1) lane.reader(`idle ${i}`)
    let isReady = false
    reader.ready$.subscribe(() => (isReady = true))
    return () => {
      while (isReady) {
        const batch = reader.pull()
        isReady = reader.waiting > 0
        pulledEvents += batch.length
        lost += batch.lostBefore
        onPulled(batch)
        reader.commit()
      }
    }
  })

  const reading = createReading({ session: 1, hand: (signal) => signal$.next(signal), now: () => 0, stopwatch })

  const turn = () => {
    // The read is over.
    reading.flush()
    hand.runAll()
    for (const pull of pulling) pull()
  }

  return {
    lanes,
    /** Events that the lane of this event type holds. */
    retained: (eventType) => lanes.find((lane) => lane.eventType === eventType).figures().retained,
    /** Answers how many events have come out of it. Throws when one is missing: a path that drops would look fast. */
    feed: (frames) => {
      const before = { pulledEvents, events: meter.events }
      let bytes = 0
      for (let i = 0; i < frames.length; i += 1) {
        reading.take(frames[i])
        bytes += frames[i].length
        if (bytes < turnBytes) continue
        bytes = 0
        turn()
      }
      turn()
      const events = pulledEvents - before.pulledEvents
      if (events !== meter.events - before.events || lost > 0)
        throw new Error(`${meter.events - before.events - events} events did not come out, ${lost} were lost`)
      return events
    },
    /** Stops its timers. */
    close: () => {
      for (const control of controls) control.end()
      signal$.complete()
      hand.runAll()
    },
  }
}
