import { WebSocket } from 'ws'

import { pairOf } from '../../vendorWire.ts'
import { command } from '../command.ts'
import { exitCodes, Failure, WrongUse } from '../errors.ts'
import { eventLine } from '../eventLine.ts'
import type { Io } from '../io.ts'
import { flag, text, wholeNumber } from '../options.ts'
import { stopOf } from '../stop.ts'
import { parsed, tailSession } from '../tailSession.ts'

/** For the connection, for the answer to `auth`, and for the acknowledgements: each. */
const patienceMs = 10_000

/** A server gets this long to answer the close. */
const farewellMs = 500

export const tailCommand = command({
  name: 'tail',
  summary:
    "Prints events as they come: a client of the vendor's protocol, for the publisher, the simulator and the vendor.",
  operands: ['URL', 'CHANNELS'],
  options: {
    json: flag({ help: 'one element a line, as it was received' }),
    count: wholeNumber({
      help: 'ends after so many events',
      what: 'a number of events',
      least: 1,
      most: Number.MAX_SAFE_INTEGER,
      fallback: undefined,
    }),
    key: text({
      help: 'the key of your account with that server',
      what: 'a key',
      placeholder: 'KEY',
      env: 'TICKSTOCK_KEY',
      isSecret: true,
      fallback: undefined,
    }),
  },
  notes: [
    'CHANNELS are an event type, a dot and a ticker or *, with commas between: "T.AAPL,AM.*".',
    'A URL without a path means /stocks. It does not reconnect: when the server goes, it ends with 1.',
  ],
  examples: [
    'tickstock tail ws://127.0.0.1:8787 "T.*,AM.*,FMV.*"',
    'tickstock tail ws://127.0.0.1:8787 "AM.*" --json --count 100 | jq .c',
    'TICKSTOCK_KEY=… tickstock tail wss://delayed.massive.com "AM.AAPL"',
  ],

  act: async ({ json, count, key }, [address = '', list = ''], io) => {
    const url = urlOf(address)
    const channels = channelsOf(list)
    const stop = stopOf(io, { seconds: undefined })
    try {
      await follow({ url, channels, key, json, count: count ?? Infinity, io, until: stop.asked })
      return exitCodes.ok
    } finally {
      stop.release()
    }
  },
})

/** Throws `WrongUse`. */
const urlOf = (address: string): URL => {
  if (!/^wss?:\/\/./i.test(address) || !URL.canParse(address)) {
    throw new WrongUse('URL is no websocket address: expected one such as ws://127.0.0.1:8787')
  }
  const url = new URL(address)
  url.hash = ''
  if (url.pathname === '/') url.pathname = '/stocks'
  return url
}

/** Throws `WrongUse`. */
const channelsOf = (list: string): readonly string[] => {
  const channels = list.split(',').map((channel) => channel.trim())
  for (const channel of channels) {
    if (pairOf(channel) === undefined || /\s/.test(channel)) {
      throw new WrongUse(
        `CHANNELS: ${JSON.stringify(channel)} is none; expected an event type, a dot and a ticker or *, such as T.AAPL or AM.*`,
      )
    }
  }
  return [...new Set(channels)]
}

interface FollowOptions {
  readonly url: URL
  readonly channels: readonly string[]
  readonly key: string | undefined
  readonly json: boolean
  readonly count: number
  readonly io: Io
  readonly until: Promise<void>
}

/** Resolves after `count` events or with `until`; rejects with `Failure` when the server refuses, cannot be reached or goes. */
const follow = ({ url, channels, key, json, count, io, until }: FollowOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    const session = tailSession(channels, key)
    const socket = new WebSocket(url, { perMessageDeflate: false, handshakeTimeout: patienceMs })
    let left = count
    let isOver = false
    let isPaused = false
    let patience: NodeJS.Timeout | undefined
    let complainedOfBroken = false

    const end = (failure?: Error): void => {
      if (isOver) return
      isOver = true
      clearTimeout(patience)
      offDrain()
      const settle = failure === undefined ? resolve : () => reject(failure)
      if (socket.readyState === WebSocket.CLOSED) {
        settle()
        return
      }
      const farewell = setTimeout(() => socket.terminate(), farewellMs)
      socket.on('close', () => {
        clearTimeout(farewell)
        settle()
      })
      // What still comes is not looked at, but has to be taken for the close to be seen.
      flow(true)
      socket.close(1000)
    }

    const flow = (isWanted: boolean): void => {
      if (isPaused !== isWanted) return
      isPaused = !isWanted
      if (isWanted) socket.resume()
      else socket.pause()
    }

    const expect = (tooLate: () => void): void => {
      clearTimeout(patience)
      patience = setTimeout(tooLate, patienceMs)
    }

    const print = (events: readonly string[]): void => {
      const taken = events.length > left ? events.slice(0, left) : events
      left -= taken.length
      const lines = taken.map((event) => (json ? event.replaceAll(/[\r\n]+/g, ' ') : eventLine(parsed(event) ?? event)))
      // A terminal or a pipe that is slow slows the server down: that one knows what to do about it.
      if (lines.length > 0 && !io.out(`${lines.join('\n')}\n`)) flow(false)
      if (left === 0) end()
    }
    const offDrain = io.onDrain(() => flow(true))

    const lookForSilence = (): void => {
      if (session.unanswered.size === 0) return
      const names = [...session.unanswered].slice(0, 10).join(',')
      if (session.unanswered.size === channels.length)
        end(new Failure(`the server does not answer for ${names}; it may not have it`))
      else io.complain(`the server does not answer for ${names}; it may not have it. The others go on`)
    }

    socket.on('open', () => {
      socket.send(session.open())
      expect(() => end(new Failure(`${placeOf(url)} does not answer to auth; does it speak the vendor's protocol?`)))
    })
    socket.on('message', (data: Buffer) => {
      if (isOver) return
      try {
        const { events, send, broken } = session.receive(data)
        if (send !== undefined) {
          socket.send(send)
          expect(lookForSilence)
        }
        if (broken > 0 && !complainedOfBroken) {
          complainedOfBroken = true
          io.complain('a frame that is no JSON array; what cannot be read is left out')
        }
        print(events)
      } catch (error) {
        end(error as Error)
      }
    })
    socket.on('unexpected-response', (_request, response) => {
      end(
        new Failure(`${placeOf(url)} answers with HTTP ${response.statusCode ?? 0}, no websocket; is the path right?`),
      )
      response.destroy()
      socket.terminate()
    })
    socket.on('error', (error) => end(new Failure(sentenceOf(error, url), { cause: error })))
    socket.on('close', (code, reason) => {
      const why = reason.toString().trim()
      end(new Failure(`the server closed the connection (${code}${why === '' ? '' : ` ${why}`})`))
    })
    until.then(() => end(), end)
  })

/** Without what may be a key: user, password, query. */
const placeOf = ({ protocol, host, pathname }: URL): string => `${protocol}//${host}${pathname}`

const sentenceOf = (error: NodeJS.ErrnoException, url: URL): string => {
  switch (error.code) {
    case 'ECONNREFUSED':
      return `nobody listens at ${placeOf(url)} (connection refused); is the server running, and the port right?`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `there is no host ${url.hostname} (${error.code})`
    case 'EPROTO':
      return `${placeOf(url)} does not speak TLS; try ws:// instead of wss://`
    default:
      return `cannot reach ${placeOf(url)}: ${error.message || (error.code ?? 'no reason given')}`
  }
}
