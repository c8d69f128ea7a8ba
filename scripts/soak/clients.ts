import { WebSocket } from 'ws'

/*
 * Websocket clients of the publisher, a process of their own: some that read and stay, and one that stops reading again and again
 * and comes back when it has been cut.
 */

const [url] = process.argv.slice(2)

/** How long the one reads, and then does not; milliseconds. */
const readsMs = 2000
const stallsMs = 4000
const backMs = 500

/** Calls back when it is connected, and when it has closed. */
const connect = (channels: string, opened: (socket: WebSocket) => void, closed: () => void): void => {
  const socket = new WebSocket(url as string)
  socket.on('open', () => {
    socket.send(JSON.stringify({ action: 'auth', params: 'any key' }))
    socket.send(JSON.stringify({ action: 'subscribe', params: channels }))
    opened(socket)
  })
  socket.on('message', () => undefined)
  // The close follows.
  socket.on('error', () => undefined)
  socket.on('close', closed)
}

const stay = (channels: string): void =>
  connect(
    channels,
    () => undefined,
    () => void setTimeout(() => stay(channels), backMs),
  )

const stall = (): void => {
  let timer: NodeJS.Timeout | undefined
  connect(
    'T.*',
    (socket) => {
      timer = setTimeout(() => {
        socket.pause()
        timer = setTimeout(() => socket.terminate(), stallsMs)
      }, readsMs)
    },
    () => {
      clearTimeout(timer)
      setTimeout(stall, backMs)
    },
  )
}

stay('T.*')
stay('T.*')
stay('AM.*,FMV.*')
stall()
// A terminal tells all three processes; the parent decides when this one ends, and it does not outlive it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined)
process.on('disconnect', () => process.exit())
