/** Which part of what the websocket protocol asks for is broken: JSON in a text message, UTF-8 in one, or the frame itself. */
export const garbageKinds = ['json', 'utf8', 'frame'] as const
export type GarbageKind = (typeof garbageKinds)[number]

/** Faults that need no more than to be named. docs/simulator.md has what each does. */
export const plainFaults = [
  'kill',
  'halfOpen',
  'slowReader',
  'noPong',
  'evict',
  'wrongKey',
  'forceDisconnect',
  'authTimeout',
  'serverError',
  'goingAway',
] as const
export type PlainFault = (typeof plainFaults)[number]

/** A fault with all it needs but whom it hits. */
export type Fault =
  | { readonly name: PlainFault }
  | { readonly name: 'freeze'; readonly ms: number }
  | { readonly name: 'garbage'; readonly kind: GarbageKind }
  | { readonly name: 'oversized'; readonly bytes: number }
  /** `T`: every pair of that channel; `T.GME`, `T.*`: that pair. */
  | { readonly name: 'refuse'; readonly channels: readonly string[] }

export type FaultName = Fault['name']

/** Those that hold from now on, for who comes later too or for who is there, until they are lifted. */
export const lastingFaults = ['refuse', 'wrongKey', 'noPong'] as const
export type LastingFault = (typeof lastingFaults)[number]

export const faultNames: readonly FaultName[] = [...plainFaults, 'freeze', 'garbage', 'oversized', 'refuse']

/** One byte above what the engine takes unless it is told otherwise. */
export const oversizedDefault = 16 * 1024 * 1024 + 1

/** Nobody needs more, and it is held in memory. */
export const oversizedMost = 256 * 1024 * 1024
