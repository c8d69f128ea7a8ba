import type { GarbageKind } from './fault.ts'

/** What a proxy in front of the server would say. */
const noJson = Buffer.from('<html><body><h1>502 Bad Gateway</h1></body></html>')

/** A text message whose payload is no UTF-8: 0xff begins no character. */
const noUtf8 = Buffer.from([0x5b, 0x22, 0xff, 0xfe, 0x22, 0x5d])

/** Opcode 3 and the reserved bits 2 and 3, which nobody has defined. Source: RFC 6455, 5.2. */
const noFrame = Buffer.from([0xb3, 0x05, 0x68, 0x65, 0x6c, 0x6c, 0x6f])

/** The bytes of each kind: a message to be framed, or, of the kind `frame`, what stands where a frame should begin. */
export const garbageOf: Readonly<Record<GarbageKind, Buffer>> = { json: noJson, utf8: noUtf8, frame: noFrame }

const head = '[{"ev":"status","status":"padding","message":"'
const tail = '"}]'

/** A message of so many bytes, in the vendor's form: it is only too long. Shorter than the form itself it cannot be. */
export const paddingOf = (bytes: number): string => {
  const room = Math.max(bytes - head.length - tail.length, 0)
  return `${head}${'x'.repeat(room)}${tail}`
}
