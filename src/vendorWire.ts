/** `status` values that a server of this protocol sends. Source: docs/protocol.md, section 3. */
export type StatusWord =
  | 'connected'
  | 'auth_success'
  | 'auth_failed'
  | 'auth_timeout'
  | 'auth_required'
  | 'max_connections'
  | 'success'
  | 'error'
  | 'slow_consumer'

/** What a client asks for: one JSON object with two texts. */
export interface Request {
  readonly action: string
  readonly params: string
}

/** Acknowledgements in one frame: about 300 KB, well below the megabyte where official clients close. */
const acknowledgementsPerFrame = 4000

/** One status element. `message` is ours or holds channel names, never what a client sent as a key. */
export const statusWire = (status: StatusWord, message: string): string =>
  JSON.stringify({ ev: 'status', status, message })

/** Elements to one frame: a server sends arrays only, for control messages too. */
export const frameOf = (elements: readonly string[]): string => `[${elements.join(',')}]`

/** Statuses to as many frames as they need, in order; none for none. */
export const framesOfStatuses = (elements: readonly string[]): readonly string[] => {
  const frames: string[] = []
  for (let from = 0; from < elements.length; from += acknowledgementsPerFrame) {
    frames.push(frameOf(elements.slice(from, from + acknowledgementsPerFrame)))
  }
  return frames
}

/** A client's message, or the sentence that says why it is none: fixed, for what a client sent may be a key in the wrong place. */
export const requestOf = (text: string): Request | string => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'invalid message: not JSON'
  }
  if (typeof value !== 'object' || value === null || !('action' in value) || typeof value.action !== 'string') {
    return 'invalid message: no action'
  }
  if (!('params' in value) || typeof value.params !== 'string') return 'invalid message: params is not a text'

  return { action: value.action, params: value.params }
}

/** `T.BRK.B` is channel `T`, ticker `BRK.B`: the first dot parts them. Undefined where one of the two is missing. */
export const pairOf = (text: string): readonly [channel: string, ticker: string] | undefined => {
  const trimmed = text.trim()
  const dot = trimmed.indexOf('.')
  const ticker = trimmed.slice(dot + 1)

  return dot < 1 || ticker === '' ? undefined : [trimmed.slice(0, dot), ticker]
}

/** An address that one can connect to from this machine, without a path. */
export const urlOf = (host: string, port: number): string => {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `ws://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}
