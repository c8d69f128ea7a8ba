// A thousand clients in a process of their own, that only count bytes: what a client does with them is not what is measured.
import { connect } from 'node:net'

const auth = '{"action":"auth","params":"a key"}'
const subscribe = '{"action":"subscribe","params":"T.*"}'

/** A short masked text frame; a mask of zeros leaves the text as it is. */
const masked = (text) => Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])

let due = Infinity
let bytes = 0

const look = () => {
  if (bytes < due) return
  due = Infinity
  process.send({ kind: 'received' })
}

const open = (port, isWebSocket) =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let said = ''
    const greet = (data) => {
      said += data.toString('latin1')
      if (!said.includes('subscribed to')) return
      socket.off('data', greet)
      socket.on('data', count)
      resolve()
    }
    const count = ({ length }) => {
      bytes += length
      look()
    }
    socket.on('error', reject)
    socket.on('connect', () => {
      if (!isWebSocket) {
        socket.on('data', count)
        resolve()
        return
      }
      socket.on('data', greet)
      socket.write(
        `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n',
      )
      socket.write(masked(auth))
      socket.write(masked(subscribe))
    })
  })

process.on('message', async ({ kind, port, count, isWebSocket, more }) => {
  if (kind === 'open') {
    for (let i = 0; i < count; i += 50)
      await Promise.all(Array.from({ length: Math.min(50, count - i) }, () => open(port, isWebSocket)))
    process.send({ kind: 'opened' })
  } else if (kind === 'expect') {
    due = bytes + more
    process.send({ kind: 'expecting' })
    look()
  }
})
process.on('disconnect', () => process.exit(0))
