import { Observable } from 'rxjs'
import { WebSocket, type ClientOptions, type RawData } from 'ws'

import { SocketUsed, UpgradeRefused, type OpenSocket, type SocketSignal } from './socket.ts'

/** How long `ws` waits for the peer after it closed by itself (a frame that was too large, say). */
const closeTimeoutMs = 2_000

/** What `ws` closes with when it cannot take what came: it tells the peer, but us only that no close frame came back. */
const ownCodes: Readonly<Record<string, number>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
  WS_ERR_INVALID_UTF8: 1007,
}

const codeOf = (error: Error): number | undefined => {
  const name = 'code' in error && typeof error.code === 'string' ? error.code : ''

  return ownCodes[name] ?? (name.startsWith('WS_ERR_') ? 1002 : undefined)
}

/** `ws` hands over one Buffer, the parts of one, or their ArrayBuffer, by its settings: here it is one Buffer always. */
const bytesOf = (data: RawData): Buffer =>
  Buffer.isBuffer(data) ? data : Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)

/**
 * A socket over `ws`.
 *
 * No compression is offered (the vendor's own JavaScript client offers none either), text is checked to be UTF-8, pings of the peer
 * are answered. What `ws` says as `error` is kept for the `closed` that always follows it.
 */
export const wsSocket: OpenSocket = (url, { frameBytesMax }) => {
  // Wider than the published types, which do not know closeTimeout yet.
  const settings: ClientOptions & { readonly closeTimeout: number } = {
    maxPayload: frameBytesMax,
    perMessageDeflate: false,
    skipUTF8Validation: false,
    closeTimeout: closeTimeoutMs,
  }

  let ws: WebSocket | undefined
  let isUsed = false
  let isPaused = false

  const whenOpen = (): WebSocket | undefined => (ws?.readyState === WebSocket.OPEN ? ws : undefined)

  return {
    signal$: new Observable<SocketSignal>((subscriber) => {
      if (isUsed) {
        subscriber.error(new SocketUsed())

        return undefined
      }
      isUsed = true

      let failure: Error | undefined
      let socket: WebSocket

      try {
        socket = new WebSocket(url, settings)
      } catch (error) {
        // An address that cannot be one: said as any other opening that failed.
        subscriber.next({
          kind: 'closed',
          code: 1006,
          reason: '',
          error: error instanceof Error ? error : new Error(String(error)),
        })
        subscriber.complete()

        return undefined
      }

      ws = socket
      socket.binaryType = 'nodebuffer'
      socket.on('open', () => {
        if (isPaused) socket.pause()
        subscriber.next({ kind: 'open' })
      })
      socket.on('message', (data: RawData) => subscriber.next({ kind: 'frame', bytes: bytesOf(data) }))
      socket.on('pong', () => subscriber.next({ kind: 'pong', answer: true }))
      socket.on('ping', () => subscriber.next({ kind: 'pong' }))
      socket.on('unexpected-response', (_request, response) => {
        failure = new UpgradeRefused(response.statusCode ?? 0, response.statusMessage)
        socket.terminate()
      })
      // The first one is the reason; what follows from it says less. Stays for good: an error after the end must find someone.
      socket.on('error', (error) => (failure ??= error))
      socket.on('close', (code, reason) => {
        const error = failure

        subscriber.next({
          kind: 'closed',
          code: (error && codeOf(error)) ?? code,
          reason: reason.toString(),
          ...(error !== undefined && { error }),
        })
        subscriber.complete()
      })

      return () => {
        // The close frame is written within this call, as far as the system takes it at once: nobody waits for an answer.
        if (socket.readyState === WebSocket.OPEN) socket.close(1000)
        socket.terminate()
      }
    }),
    // A write that fails is followed by the close, which tells.
    send: (text) => whenOpen()?.send(text, () => {}),
    ping: () => whenOpen()?.ping(undefined, undefined, () => {}),
    pause: () => {
      isPaused = true
      ws?.pause()
    },
    resume: () => {
      isPaused = false
      ws?.resume()
    },
    close: (code, reason) => ws?.close(code, reason),
    terminate: () => ws?.terminate(),
  }
}
