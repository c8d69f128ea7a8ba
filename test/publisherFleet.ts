import { createHash } from 'node:crypto'
import { connect, type Socket } from 'node:net'

/*
 * Many clients in one process of their own, run by publisherFleet.test.ts: no import but Node's, for it is compiled by itself.
 *
 * Told by its parent who they are, it connects them, answers `ready` when all are acknowledged, stops reading with some when
 * told `stall`, and answers `done` when each of the others has received the event marked as the last: for every client how many
 * events, and a hash over their bytes in order. Frames are parsed by hand, since a client that allocates is the slow part.
 */

export interface Plan {
  readonly port: number
  /** What each client subscribes to. */
  readonly lists: readonly string[]
  /** Clients from here on stop reading. */
  readonly stallsFrom: number
}

interface One {
  readonly socket: Socket
  readonly hash: ReturnType<typeof createHash>
  events: number
  acknowledged: number
  isDone: boolean
}

const asked = Buffer.from('{"action":"auth","params":"x"}')
const last = '"sym":"LAST"'

/** Masked with zeros: the payload goes as it is. */
const masked = (payload: Buffer): Buffer => {
  const header = Buffer.alloc(payload.length < 126 ? 6 : 8)
  header[0] = 0x81
  if (payload.length < 126) {
    header[1] = 0x80 | payload.length
  } else {
    header[1] = 0x80 | 126
    header.writeUInt16BE(payload.length, 2)
  }
  return Buffer.concat([header, payload])
}

/** Whole frames out of chunks; returns the rest. */
const framesIn = (bytes: Buffer, take: (opcode: number, payload: Buffer) => void): Buffer => {
  let at = 0
  while (bytes.length >= at + 2) {
    const short = bytes[at + 1]! & 0x7f
    const header = short < 126 ? 2 : short === 126 ? 4 : 10
    if (bytes.length < at + header) break
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
    if (bytes.length < at + header + length) break
    take(bytes[at]! & 0x0f, bytes.subarray(at + header, at + header + length))
    at += header + length
  }
  return bytes.subarray(at)
}

const say = (message: object): void => void process.send?.(message)

process.once('message', ({ port, lists, stallsFrom }: Plan) => {
  const clients: One[] = []
  let ready = 0
  let done = 0

  const take = (one: One, pairs: number, payload: Buffer): void => {
    const text = payload.toString('latin1')
    if (text.startsWith('[{"ev":"status"')) {
      one.acknowledged += text.split('"subscribed to: ').length - 1
      if (one.acknowledged === pairs) {
        one.acknowledged = Infinity
        ready += 1
        if (ready === lists.length) say({ kind: 'ready' })
      }
      return
    }
    // Events of this test hold no brace of their own.
    one.events += text.split('},{').length
    one.hash.update(text.slice(1, -1)).update(',')
    if (one.isDone || !text.includes(last)) return
    one.isDone = true
    done += 1
    if (done < stallsFrom) return
    say({
      kind: 'done',
      results: clients.slice(0, stallsFrom).map(({ events, hash }) => ({ events, hash: hash.copy().digest('hex') })),
    })
  }

  const open = (list: string): void => {
    const socket = connect(port, '127.0.0.1')
    const one: One = { socket, hash: createHash('sha1'), events: 0, acknowledged: 0, isDone: false }
    clients.push(one)
    const pairs = list.split(',').length
    let rest: Buffer = Buffer.alloc(0)
    let isOpen = false
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      if (!isOpen) {
        const end = rest.indexOf('\r\n\r\n')
        if (end < 0) return
        isOpen = true
        rest = rest.subarray(end + 4)
        socket.write(masked(asked))
        socket.write(masked(Buffer.from(JSON.stringify({ action: 'subscribe', params: list }))))
      }
      rest = Buffer.from(
        framesIn(rest, (opcode, payload) => {
          if (opcode === 1) take(one, pairs, payload)
        }),
      )
    })
    socket.write(
      'GET /stocks HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
  }

  process.on('message', (word: string) => {
    if (word !== 'stall') return
    for (const { socket } of clients.slice(stallsFrom)) socket.pause()
    say({ kind: 'stalled' })
  })
  for (const list of lists) open(list)
})
