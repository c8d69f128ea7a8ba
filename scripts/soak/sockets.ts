import { WebSocket } from 'ws'

/**
 * Every websocket of this process that is still alive, and how many listeners there are on them. Neither the engine nor the
 * publisher shows its sockets: from this call on they are met where they are given their listeners.
 */
export const meetSockets = (): (() => { readonly sockets: number; readonly listeners: number }) => {
  const met = new WeakSet<WebSocket>()
  let references: WeakRef<WebSocket>[] = []
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the socket it was called on
  const on = WebSocket.prototype.on
  WebSocket.prototype.on = function (this: WebSocket, ...args: Parameters<typeof on>) {
    if (!met.has(this)) references.push(new WeakRef(this))
    met.add(this)
    return on.apply(this, args)
  } as typeof on

  return () => {
    const live = references.flatMap((reference) => reference.deref() ?? [])
    references = live.map((socket) => new WeakRef(socket))
    const counts = live.flatMap((socket) => socket.eventNames().map((name) => socket.listenerCount(name)))
    return { sockets: live.length, listeners: counts.reduce((sum, count) => sum + count, 0) }
  }
}
