// A client of the publisher that knows nothing of tickstock: counts and hashes what it gets, per event type.
import { createHash } from 'node:crypto'
import { WebSocket } from 'ws'

const [url, types, totalText] = process.argv.slice(2)
const total = Number(totalText)
const channels = types.split(',').map((type) => `${type}.*`)
const got = {}
let events = 0
let acks = 0
let saidFifth = false

const socket = new WebSocket(url)
const ask = (action, params) => socket.send(JSON.stringify({ action, params }))

socket.on('message', (bytes) => {
  const text = bytes.toString()
  if (text.startsWith('[{"ev":"status"')) {
    for (const { status, message } of JSON.parse(text)) {
      if (status === 'connected') ask('auth', 'a key')
      else if (status === 'auth_success') ask('subscribe', channels.join(','))
      else if (status === 'success') acks += 1
      else throw new Error(`the publisher said ${status}: ${message}`)
    }
    if (acks === channels.length) process.send({ kind: 'subscribed' })
    return
  }
  const [, type] = /^\[\{"ev":"(\w+)"/.exec(text)
  got[type] ??= { events: 0, hash: createHash('sha256') }
  const count = text.split('},{').length
  got[type].events += count
  got[type].hash.update(`${text.slice(1, -1)},`)
  events += count
  if (!saidFifth && events * 5 >= total) {
    saidFifth = true
    process.send({ kind: 'fifth' })
  }
  if (events < total) return
  for (const one of Object.values(got)) one.hash = one.hash.digest('hex')
  process.send({ kind: 'done', types: got })
  socket.close()
  process.disconnect()
})
socket.on('close', (code) => {
  if (events < total) process.stderr.write(`client: closed with ${code} after ${events} of ${total} events\n`)
  process.exitCode = events < total ? 1 : 0
})
