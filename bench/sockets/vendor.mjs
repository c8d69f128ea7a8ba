// A vendor in a process of its own: takes whoever comes, and sends what it is told to, to the connection with that key.
//
//     flood   so many events to one connection, as fast as it takes them
//     pace    a frame at a time, evenly; each FMV says when it left, by the clock that all processes of a machine share
import { createServer } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { WebSocketServer } from 'ws'

import { elementText, framesOf, randomOf, tickersOf } from '../kit/frames.mjs'

const connections = new Map()
const server = createServer()
const upgrades = new WebSocketServer({ server, perMessageDeflate: false })

const status = (word, message) => `{"ev":"status","status":"${word}","message":"${message}"}`

upgrades.on('connection', (ws, { socket }) => {
  let key
  ws.on('message', (data) => {
    const { action, params } = JSON.parse(data.toString())
    if (action === 'auth') {
      key = params
      connections.set(key, { ws, socket })
      ws.send(`[${status('auth_success', 'authenticated')}]`)
    } else {
      const verb = action === 'subscribe' ? 'subscribed' : 'unsubscribed'
      ws.send(`[${params.split(',').map((pair) => status('success', `${verb} to: ${pair}`))}]`)
    }
  })
  ws.on('error', () => {})
  ws.on('close', () => {
    if (connections.get(key)?.ws === ws) connections.delete(key)
  })
  ws.send(`[${status('connected', 'Connected Successfully')}]`)
})

/** The websocket frame around a text, unmasked, as servers send them. */
const framed = (text) => {
  const header = text.length < 126 ? 2 : text.length < 65_536 ? 4 : 10
  const whole = Buffer.allocUnsafe(header + text.length)
  whole[0] = 0x81
  if (header === 2) whole[1] = text.length
  else if (header === 4) {
    whole[1] = 126
    whole.writeUInt16BE(text.length, 2)
  } else {
    whole[1] = 127
    whole.writeBigUInt64BE(BigInt(text.length), 2)
  }
  text.copy(whole, header)
  return whole
}

/** Many frames in one write: the sender must not be what is measured. */
const blocks = new Map()
const blockOf = (type, size) => {
  const name = `${type} ${size}`
  let block = blocks.get(name)
  if (block === undefined) {
    const count = Math.max(1, Math.floor(1000 / size))
    block = { events: count * size, bytes: Buffer.concat(framesOf(type, { size, count }).map(framed)) }
    blocks.set(name, block)
  }
  return block
}

const written = (socket, bytes) =>
  new Promise((resolve, reject) => socket.write(bytes, (error) => (error ? reject(error) : resolve())))

/** Sends until so many events are out, or until it is stopped. */
const flooding = new Map()
const flood = async ({ key, type, size, events }) => {
  const { socket } = connections.get(key)
  const { events: each, bytes } = blockOf(type, size)
  const own = { stopped: false }
  flooding.set(key, own)
  let sent = 0
  while (!own.stopped && sent < events) {
    await written(socket, bytes)
    sent += each
  }
  process.send({ kind: 'flooded', key, sent })
}

/** Microseconds of the clock that all processes share, in the range of a price. */
const nowUs = () => Number(process.hrtime.bigint() / 1000n) % 1e9

/** A frame of `size` events every `everyMs`, for `ms`; a late one is caught up, so the rate holds. */
const pace = async ({ key, type, size, everyMs, ms, stamped }) => {
  const { socket } = connections.get(key)
  const random = randomOf(11)
  const names = tickersOf(1000)
  const prepared = stamped ? [] : framesOf(type, { size, count: 64 }).map(framed)
  const beganMs = performance.now()
  let sent = 0
  for (let i = 0; i * everyMs < ms; i += 1) {
    const lateMs = performance.now() - beganMs - i * everyMs
    if (lateMs < 0) await wait(Math.ceil(-lateMs))
    if (stamped) {
      const elements = Array.from({ length: size }, (_, k) =>
        stampedText(type, names[(i + k) % names.length], i * size + k, random),
      )
      socket.write(framed(Buffer.from(`[${elements}]`)))
    } else socket.write(prepared[i % prepared.length])
    sent += size
  }
  process.send({ kind: 'paced', key, type, sent })
}

/** The moment of its sending stands where the price does. */
const stampedText = (type, symbol, i, random) =>
  elementText(type, symbol, i, random).replace(type === 'T' ? /"p":[\d.]+/ : /"fmv":[\d.]+/, (text) =>
    text.replace(/[\d.]+$/, String(nowUs() + 1)),
  )

/** So many bars at once. */
const burst = ({ key, type, size, events }) => {
  const { socket } = connections.get(key)
  for (const frame of framesOf(type, { size, count: Math.ceil(events / size) })) socket.write(framed(frame))
  process.send({ kind: 'burst', key })
}

process.on('message', (message) => {
  if (message.kind === 'flood') void flood(message)
  else if (message.kind === 'stop') (flooding.get(message.key) ?? {}).stopped = true
  else if (message.kind === 'pace') void pace(message)
  else if (message.kind === 'burst') burst(message)
})
process.on('disconnect', () => process.exit(0))
server.listen(0, '127.0.0.1', () => process.send({ kind: 'listening', url: `ws://127.0.0.1:${server.address().port}` }))
