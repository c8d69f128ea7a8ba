import type { ScriptedVendor, Where } from './scriptedVendor.ts'

/** A fault; returns how many connections it met, or nothing when it is none of connections. */
export type Fault = (vendor: ScriptedVendor, where: Where | undefined) => number | undefined

const rule = (change: Parameters<ScriptedVendor['change']>[0]): Fault => {
  return (vendor, where) => {
    vendor.change(change, typeof where === 'object' ? where.url : undefined)
    return undefined
  }
}

const broken = '[{"ev":"'

/** What the letters of `m.faults` mean. They are small: what comes of a fault is drawn in capitals. */
export const faultLetters = {
  /** The connection dies without a close frame, and with it what was on its way. */
  l: (vendor, where) => vendor.lose(where),
  /** A close frame, 1001: the server goes away. */
  c: (vendor, where) => vendor.close(1001, where),
  /** `max_connections`: somebody else took the place. */
  e: (vendor, where) => vendor.evict(where),
  /** `force_disconnect`. */
  f: (vendor, where) => vendor.forceDisconnect(where),
  /** `slow_consumer`: the vendor's buffer is full. */
  s: (vendor, where) => vendor.slowConsumer(where),
  /** Half open: from now on nothing comes, and nobody tells. */
  h: (vendor, where) => vendor.halfOpen(where),
  /** A frame that is larger than a frame may be. */
  t: (vendor, where) => vendor.tooLarge(where),
  /** The last frame with events once more. */
  r: (vendor, where) => vendor.repeat(where),
  /** A frame in which no element can be read. */
  b: (vendor, where) => {
    if (typeof where === 'object') throw new RangeError('the fault b is aimed by an event type, not by an address')
    vendor.sendText(broken, where)
    return undefined
  },
  /** The server is down: what is connected stays, and nobody new gets in. */
  d: rule({ isDown: true }),
  /** It is up again. */
  u: rule({ isDown: false }),
  /** From the next connection on, the key is refused. */
  k: rule({ key: 'refused' }),
  /** It is accepted again. */
  g: rule({ key: 'good' }),
} as const satisfies Readonly<Record<string, Fault>>

/** How the kinds of rejects are drawn. */
export const rejectLetters = {
  m: 'malformed',
  n: 'notAnObject',
  u: 'unknownEvent',
  i: 'invalid',
  b: 'brokenFrame',
} as const
