import type { Engine } from '../../src/engine.ts'
import type { FrequencyHandle } from '../../src/engine/handle.ts'
import type { FrequencyChanges } from '../../streams/frequency.ts'
import type { Books, Wish } from './books.ts'
import { scriptedVendor, type ScriptedVendor, type VendorScript } from './scriptedVendor.ts'
import type { Without } from './without.ts'

/** A scripted vendor that the books see, beside whoever the script lets watch. */
export const watchedVendor = (script: VendorScript, books: Books): ScriptedVendor => {
  const { watch = {} } = script
  const vendor = scriptedVendor({
    ...script,
    watch: {
      sent: (frame) => {
        books.watch.sent?.(frame)
        watch.sent?.(frame)
      },
      handed: (frame) => {
        books.watch.handed?.(frame)
        watch.handed?.(frame)
      },
    },
  })
  return {
    ...vendor,
    send: (events, options = {}) => {
      // What is aimed at connections, or at nobody's wish, is not owed to whoever is away.
      if (options.where !== undefined || options.isUnasked === true) vendor.send(events, options)
      else
        books.offer(events, () => {
          vendor.send(events, options)
        })
    },
    flood: (frames, options = {}) => {
      if (options.where !== undefined || options.isUnasked === true) vendor.flood(frames, options)
      else
        books.offer(frames.flat(), () => {
          vendor.flood(frames, options)
        })
    },
  }
}

/** An engine as a page has it: what the host does to its frequencies is noted, and left away where one is left out. */
export const followedEngine = (engine: Engine, books: Books, without: Without | undefined): Engine => {
  const shown = new WeakMap<FrequencyHandle, FrequencyHandle>()
  const show = (handle: FrequencyHandle): FrequencyHandle => {
    const known = shown.get(handle) ?? noted(without?.handle(handle) ?? handle, books)
    shown.set(handle, known)
    return known
  }
  const own: Pick<Engine, 'frequency' | 'reconfigure'> = {
    // The one that the engine gives, with ears.
    frequency: (name) => show(engine.frequency(name)) as FrequencyHandle<never, never>,
    reconfigure: (options) => {
      const frequencies = without === undefined ? options.frequencies : options.frequencies.map(without.frequency)
      const changes = engine.reconfigure({ ...options, frequencies })
      books.plan(frequencies)
      return changes
    },
  }
  return Object.create(engine, {
    ...Object.getOwnPropertyDescriptors(own),
    frequencies: { get: () => engine.frequencies.map(show), enumerable: true },
  }) as Engine
}

const noted = (handle: FrequencyHandle, books: Books): FrequencyHandle => {
  const { name } = handle
  const change = (changes: FrequencyChanges): void => {
    handle.change(changes)
    books.wish(name, wishOf(changes))
  }
  return Object.assign(Object.create(handle) as FrequencyHandle, {
    stop: () => {
      handle.stop()
      books.wish(name, { isRunning: false })
    },
    start: () => {
      handle.start()
      books.wish(name, { isRunning: true })
    },
    restart: () => {
      // All is given back, and asked for anew.
      books.wish(name, { isRunning: false })
      handle.restart()
      books.wish(name, { isRunning: true })
    },
    setTickers: (tickers: Wish['tickers']) => {
      handle.setTickers(tickers)
      books.wish(name, { tickers })
    },
    change,
  })
}

const wishOf = ({ tickers, channels }: FrequencyChanges): Partial<Wish> => ({
  ...(tickers === undefined ? {} : { tickers }),
  ...(channels === undefined ? {} : { types: channels }),
})
