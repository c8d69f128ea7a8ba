import { setTimeout } from 'node:timers/promises'

import type { Health } from '../../ops/health.ts'
import { duration } from '../../words.ts'
import { boardOf, plainLinesOf } from '../board.ts'
import { command } from '../command.ts'
import { exitCodes, Failure } from '../errors.ts'
import { askHealth, opsUrlOf } from '../healthSource.ts'
import type { Io } from '../io.ts'
import { aboveZero, flag, text, wholeNumber } from '../options.ts'
import { createRates } from '../rates.ts'
import { screenOf } from '../screen.ts'
import { stopOf } from '../stop.ts'

/** Between two looks, in seconds. */
const everyDefault = { drawn: 1, lines: 10 } as const

export const topCommand = command({
  name: 'top',
  summary: 'How well a running engine is: the rows of its page, in the terminal.',
  operands: ['URL'],
  options: {
    every: aboveZero({
      help: 'seconds between two looks: 1 on a terminal and with --json, else 10',
      what: 'a number of seconds',
      most: 86_400,
      fallback: undefined,
    }),
    count: wholeNumber({
      help: 'ends after so many looks',
      what: 'a number of looks',
      least: 1,
      most: Number.MAX_SAFE_INTEGER,
      fallback: undefined,
    }),
    json: flag({ help: 'each look as one line of JSON, as /health has it' }),
    token: text({
      help: 'of the operations server, where it wants one',
      what: 'a token',
      env: 'TICKSTOCK_HTTP_TOKEN',
      isSecret: true,
      placeholder: 'TOKEN',
      fallback: undefined,
    }),
  },
  notes: [
    'URL is that of the operations server: tickstock run prints it as its page.',
    'It looks on while the engine is away, and says so. On no terminal it writes a line for each frequency.',
  ],
  examples: ['tickstock top http://127.0.0.1:8788', 'tickstock top 127.0.0.1:8788 --json --count 1 | jq .reasons'],

  act: async ({ every, count = Infinity, json, token }, [address = ''], io) => {
    const url = opsUrlOf(address)
    const stop = stopOf(io, { seconds: undefined })
    const isDrawn = io.isTerminal && !json
    const everyMs = (every ?? (isDrawn || json ? everyDefault.drawn : everyDefault.lines)) * 1000
    const show = json ? jsonLines(io) : isDrawn ? board(io) : lines(io)
    try {
      // The first one has to be there: a wrong address is said at once.
      let last = await askHealth(url, token)
      show.health(last)
      for (let n = 1; n < count && !(await isAsked(stop.asked, everyMs));) {
        try {
          last = await askHealth(url, token)
          show.health(last)
          n += 1
        } catch (error) {
          if (!(error instanceof Failure)) throw error
          show.away(error.message, last)
        }
      }
      return exitCodes.ok
    } finally {
      show.end()
      stop.release()
    }
  },
})

/** Whether it is time to end, as far as that is known within so many milliseconds. Leaves no timer. */
const isAsked = async (asked: Promise<void>, withinMs: number): Promise<boolean> => {
  const waiting = new AbortController()
  try {
    return await Promise.race([
      asked.then(() => true),
      setTimeout(withinMs, false, { signal: waiting.signal }).catch(() => false),
    ])
  } finally {
    waiting.abort()
  }
}

interface Show {
  health(health: Health): void
  /** The engine cannot be asked; `last` is what it said before. */
  away(why: string, last: Health): void
  end(): void
}

const board = (io: Io): Show => {
  const screen = screenOf(io)
  const rates = createRates()
  const isColoured = (io.env.NO_COLOR ?? '') === ''
  let draw = (): void => {}
  const options = () => ({ width: io.columns() - 1, isColoured, ratesOf: rates.of })
  const offResize = io.onResize(() => {
    draw()
  })

  return {
    health: (health) => {
      rates.add(health)
      draw = () => {
        screen.draw([...boardOf(health, options()), '', 'Ctrl-C ends.'])
      }
      draw()
    },
    away: (why, last) => {
      const sinceMs = last.nowMs
      draw = () => {
        const ago = duration(Math.max(Date.now() - sinceMs, 0))
        screen.draw([
          `■ ${why}. What follows is ${ago} old; it is asked again and again.`,
          ...boardOf(last, options()),
          '',
          'Ctrl-C ends.',
        ])
      }
      draw()
    },
    end: () => {
      offResize()
      screen.keep()
    },
  }
}

const lines = (io: Io): Show => {
  let complaint = ''
  return {
    health: (health) => {
      complaint = ''
      io.out(`${plainLinesOf(health).join('\n')}\n`)
    },
    // Once: a line a look would only say it again.
    away: (why) => {
      if (why === complaint) return
      complaint = why
      io.complain(`${why}. It is asked again and again`)
    },
    end: () => {},
  }
}

const jsonLines = (io: Io): Show => ({
  ...lines(io),
  health: (health) => {
    io.out(`${JSON.stringify(health)}\n`)
  },
})
