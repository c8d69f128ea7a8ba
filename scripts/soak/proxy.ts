import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'

import { chain } from './chain.ts'
import { eventsIn } from './events.ts'
import type { Connection } from './identity.ts'

/**
 * What can be done to the connection that is open, or to the next one.
 *
 * - `end`        both ends are told that nothing more comes; all that was passed on still arrives
 * - `reset`      the connection is gone at once, with what was on its way
 * - `stall`      nothing is passed on for a while, then all of it
 * - `halfOpen`   nothing is passed on any more, and nobody is told
 * - `refuse`     as `end`, and who comes back is refused for a while
 * - `handshake`  as `end`, and who comes back is hung up on in the middle of the handshake, once
 */
export type Fault = 'end' | 'reset' | 'stall' | 'halfOpen' | 'refuse' | 'handshake'

export interface Proxy {
  readonly port: number
  /** Connections that have come through to the server. */
  readonly passed: Connection[]
  /**
   * Connections that ended without a fault: because the machine is too slow (nothing came through for `muteMs`, or the server gave up a
   * reader that was too slow), or because the engine left although something did come through.
   */
  readonly left: { readonly starved: number; readonly healthy: number }
  /** Whether the engine has noticed the end of every connection that was ended. */
  readonly isNoticed: () => boolean
  /** False when no connection has been up for so long that it has surely been live. */
  readonly strike: (fault: Fault) => boolean
}

/** How long stalls and refusals last, and how long a connection must have been up; milliseconds. */
const stallMs = 800
const refuseMs = 400
const steadyMs = 700

/** A close frame that comes so soon after a fault was said before the fault was known. */
const crossingMs = 1000

/** The first byte of a close frame. */
const closing = 0x88

interface Pair extends Connection {
  mayLack: boolean
  readonly engine: Socket
  readonly server: Socket
  readonly sinceMs: number
  /** When something was last passed on to the engine. */
  passedMs: number
  struckMs: number | undefined
  hasLeft: boolean
}

/**
 * Between one link of the engine and the server: passes on every byte, and does what it is told. `muteMs` is after how much silence
 * the engine may leave.
 */
export const proxy = async (serverPort: number, muteMs: number): Promise<Proxy> => {
  const passed: Connection[] = []
  const left = { starved: 0, healthy: 0 }
  let pair: Pair | undefined
  let number = 0
  let refusedUntilMs = 0
  let isHandshakeCut = false

  const kept = (socket: Socket): Socket => {
    socket.setNoDelay(true)
    // A reset is what faults look like from here.
    socket.on('error', () => undefined)
    return socket
  }

  const connected = (engine: Socket): void => {
    kept(engine)
    if (performance.now() < refusedUntilMs) {
      engine.destroy()
      return
    }
    if (isHandshakeCut) {
      isHandshakeCut = false
      engine.once('data', () => engine.end('HTTP/1.1 101 Switching Prot'))
      return
    }

    const server = kept(connect({ port: serverPort, host: '127.0.0.1' }))
    const own: Pair = {
      number: (number += 1),
      chain: chain(),
      mayLack: false,
      engine,
      server,
      sinceMs: performance.now(),
      passedMs: performance.now(),
      struckMs: undefined,
      hasLeft: false,
    }
    const seen = eventsIn((event) => own.chain.add(event))
    pair = own
    passed.push(own)

    // What was on its way to an engine that has left is not heard by it.
    const leave = (): void => {
      own.mayLack = true
      if (own.hasLeft || own.struckMs !== undefined) return
      own.hasLeft = true
      left[performance.now() - own.passedMs >= 0.9 * muteMs ? 'starved' : 'healthy'] += 1
    }

    engine.on('data', (bytes: Buffer) => {
      const sinceStruckMs = own.struckMs === undefined ? 0 : performance.now() - own.struckMs
      if (bytes[0] === closing && sinceStruckMs < crossingMs) leave()
      if (own.struckMs === undefined) server.write(bytes)
    })
    server.on('data', (bytes) => {
      if (own.struckMs !== undefined) return
      own.passedMs = performance.now()
      seen(bytes)
      if (!engine.write(bytes)) server.pause()
    })
    engine.on('drain', () => server.resume())
    engine.on('close', () => {
      if (own.struckMs === undefined) leave()
      server.destroy()
    })
    server.on('close', () => {
      if (own.struckMs !== undefined || own.hasLeft || engine.destroyed) return
      own.hasLeft = true
      left.starved += 1
      engine.end()
    })
    engine.on('end', () => engine.end())
  }

  const server: Server = createServer({ allowHalfOpen: true }, connected)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  const isSteady = (): boolean =>
    pair !== undefined &&
    pair.struckMs === undefined &&
    !pair.hasLeft &&
    !pair.engine.destroyed &&
    performance.now() - pair.sinceMs > steadyMs

  return {
    port: (server.address() as AddressInfo).port,
    passed,
    left,
    isNoticed: () => pair?.struckMs === undefined || pair.engine.destroyed,
    strike: (fault) => {
      if (pair === undefined || !isSteady()) return false
      const own = pair
      if (fault === 'stall') {
        own.engine.pause()
        own.server.pause()
        setTimeout(() => {
          own.engine.resume()
          own.server.resume()
        }, stallMs)
        return true
      }
      own.struckMs = performance.now()
      own.server.destroy()
      if (fault === 'reset') {
        own.mayLack = true
        own.engine.resetAndDestroy()
      } else if (fault !== 'halfOpen') own.engine.end()
      if (fault === 'refuse') refusedUntilMs = performance.now() + refuseMs
      if (fault === 'handshake') isHandshakeCut = true
      return true
    },
  }
}
