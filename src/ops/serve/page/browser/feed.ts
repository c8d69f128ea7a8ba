/** One event as the publisher forwards it: the vendor's bytes, or what an operator made. */
export type WireEvent = Readonly<Record<string, unknown>> & { readonly ev: string }

export type FeedState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly nextTryMs: number }
  /** The engine wants a token, or does not take this one. */
  | { readonly kind: 'locked' }

export interface Feed {
  subscribe(channel: string): void
  unsubscribe(channel: string): void
  /** Connects anew, with another token. */
  unlock(): void
}

export interface FeedOptions {
  readonly url: string
  readonly token: () => string
  readonly onEvents: (events: readonly WireEvent[]) => void
  readonly onState: (state: FeedState) => void
}

const firstMs = 500
const capMs = 10_000

/**
 * A client of the publisher, in the vendor's own protocol: authenticates, subscribes, and after a loss comes back by itself,
 * with a wait that doubles up to ten seconds, and asks for the same channels again.
 */
export const createFeed = ({ url, token, onEvents, onState }: FeedOptions): Feed => {
  const wanted = new Set<string>()
  let socket: WebSocket | undefined
  let isIn = false
  let isRefused = false
  let waitMs = firstMs
  let timer: ReturnType<typeof setTimeout> | undefined

  const ask = (action: string, params: string): void => {
    socket?.send(JSON.stringify({ action, params }))
  }

  const hear = (event: WireEvent): boolean => {
    if (event.ev !== 'status') return true
    if (event.status === 'connected') ask('auth', token() === '' ? 'none' : token())
    if (event.status === 'auth_failed') isRefused = true
    if (event.status === 'auth_success') {
      isIn = true
      waitMs = firstMs
      if (wanted.size > 0) ask('subscribe', [...wanted].join(','))
      onState({ kind: 'live' })
    }
    return false
  }

  const connect = (): void => {
    clearTimeout(timer)
    isIn = false
    isRefused = false
    onState({ kind: 'connecting' })
    const own = new WebSocket(url)
    socket = own
    own.onmessage = ({ data }: MessageEvent<string>) => {
      if (own !== socket) return
      const events = (JSON.parse(data) as WireEvent[]).filter(hear)
      if (events.length > 0) onEvents(events)
    }
    own.onclose = () => {
      if (own !== socket) return
      socket = undefined
      isIn = false
      if (isRefused) {
        onState({ kind: 'locked' })
        return
      }
      onState({ kind: 'lost', nextTryMs: Date.now() + waitMs })
      timer = setTimeout(connect, waitMs)
      waitMs = Math.min(waitMs * 2, capMs)
    }
  }

  connect()
  return {
    subscribe: (channel) => {
      wanted.add(channel)
      if (isIn) ask('subscribe', channel)
    },
    unsubscribe: (channel) => {
      wanted.delete(channel)
      if (isIn) ask('unsubscribe', channel)
    },
    unlock: () => {
      const old = socket
      socket = undefined
      old?.close()
      connect()
    },
  }
}
