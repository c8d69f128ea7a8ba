import type { EventLike } from '../model.ts'
import { builtInCodecs } from './builtIn.ts'
import type { AnyCodec, Wire } from './defineCodec.ts'
import { EncodeError } from './encodeError.ts'

const depthMax = 64

const speaksJson = (value: object): value is { toJSON(): unknown } =>
  'toJSON' in value && typeof value.toJSON === 'function'

/** JSON text of a value: bigint as a whole number, `undefined` for what JSON leaves out, EncodeError for what it cannot say. */
const jsonOf = (value: unknown, eventType: string, path: string, above: readonly object[]): string | undefined => {
  const fail = (reason: string): never => {
    throw new EncodeError(eventType, path, reason)
  }
  switch (typeof value) {
    case 'undefined':
      return undefined
    case 'bigint':
      return value.toString()
    case 'number':
      return Number.isFinite(value) ? JSON.stringify(value) : fail(`is ${value}, which JSON cannot say`)
    case 'string':
    case 'boolean':
      return JSON.stringify(value)
    case 'object':
      break
    default:
      return fail(`is a ${typeof value}, which JSON cannot say`)
  }
  if (value === null) return 'null'
  if (above.includes(value)) return fail('is circular')
  if (above.length >= depthMax) return fail(`is nested deeper than ${depthMax} levels`)
  const within = [...above, value]
  if (speaksJson(value)) return jsonOf(value.toJSON(), eventType, path, within)
  if (Array.isArray(value)) {
    return `[${value.map((item, i) => jsonOf(item, eventType, `${path}[${i}]`, within) ?? 'null').join(',')}]`
  }
  const members = Object.entries(value).flatMap(([key, member]) => {
    const json = jsonOf(member, eventType, `${path}.${key}`, within)
    return json === undefined ? [] : [`${JSON.stringify(key)}:${json}`]
  })
  return `{${members.join(',')}}`
}

const bytesOf = (json: string): Buffer => {
  // Not from Node's pool: a few hundred bytes of it would keep 8 KB alive.
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(json))
  bytes.write(json)
  return bytes
}

const generalKeys: ReadonlySet<string> = new Set(['ev', 'sym'])
const generalFields = { symbol: true }

const generalWireOf = (event: EventLike): Wire => {
  const { ev, symbol }: { readonly ev: unknown; readonly symbol: unknown } = event
  if (typeof symbol !== 'string' || symbol === '')
    throw new EncodeError(String(ev), 'symbol', 'is missing: expected a text that is not empty')
  return { ev, sym: symbol }
}

/** Makes an encoder for events of these codecs' types and, in a general form, of any other. */
export const createEncoder = (codecs: readonly AnyCodec[]): ((event: EventLike) => Buffer) => {
  const byType = new Map(codecs.map((codec) => [codec.ev, codec]))

  return (event) => {
    const { ev } = event
    const codec = byType.get(ev)
    const wire = codec === undefined ? generalWireOf(event) : codec.wireOf(event)
    const wireKeys = codec === undefined ? generalKeys : codec.wireKeys
    const fields = codec?.fields ?? generalFields

    const members: string[] = []
    const add = (key: string, value: unknown): void => {
      const json = jsonOf(value, ev, key, [event])
      if (json !== undefined) members.push(`${JSON.stringify(key)}:${json}`)
    }
    for (const [key, value] of Object.entries(wire)) add(key, value)
    for (const [name, value] of Object.entries(event)) {
      if (name === 'ev' || Object.hasOwn(fields, name) || value === undefined) continue
      if (wireKeys.has(name)) throw new EncodeError(ev, name, 'is a key of the wire with a meaning of its own')
      add(name, value)
    }
    return bytesOf(`{${members.join(',')}}`)
  }
}

/**
 * The wire form of an event that an operator made, in the vendor's own keys, so that the vendor's clients can read it.
 *
 * - of a built-in type: the table's keys in the table's order; defaults and annotations are left out (the vendor has neither);
 *   own fields the table does not know follow under their own names
 * - of any other: `{"ev":…,"sym":…}` and every other own field under its name
 * - a bigint, and `atNs`, becomes a whole number, exactly
 *
 * What it encodes, `decodeFrame` accepts. Throws EncodeError naming the field when a required one is missing, a value is not
 * what the table says or JSON can say (NaN, a circle), or a field's name is a wire key of that type with another meaning.
 */
export const encodeEvent: (event: EventLike) => Buffer = createEncoder(builtInCodecs)
