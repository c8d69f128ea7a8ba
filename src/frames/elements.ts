/** What an element is: its event type and its ticker, empty where there is none. */
export interface ElementName {
  readonly ev: string
  readonly symbol: string
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The elements of a frame by name, in order; undefined for what is no JSON array of objects. */
export const elementNames = (text: string): readonly ElementName[] | undefined => {
  let elements: unknown
  try {
    elements = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!Array.isArray(elements)) return undefined

  const names: ElementName[] = []
  for (const element of elements as readonly unknown[]) {
    if (typeof element !== 'object' || element === null || Array.isArray(element)) return undefined
    // LULD and NOI name their ticker `T` (docs/protocol.md, section 10).
    const { ev, sym, T } = element as { readonly ev?: unknown; readonly sym?: unknown; readonly T?: unknown }
    names.push({ ev: textOf(ev), symbol: textOf(sym ?? T) })
  }
  return names
}

/** Where each element of a valid JSON array of objects begins and ends: aware of strings and of depth. */
export const elementRanges = (text: string): readonly (readonly [from: number, to: number])[] => {
  const ranges: [number, number][] = []
  let depth = 0
  let from = 0
  let quoted = false

  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (quoted) {
      if (code === 0x5c) at += 1
      else if (code === 0x22) quoted = false
    } else if (code === 0x22) quoted = true
    else if (code === 0x7b || code === 0x5b) {
      depth += 1
      if (depth === 2) from = at
    } else if (code === 0x7d || code === 0x5d) {
      depth -= 1
      if (depth === 1) ranges.push([from, at + 1])
    }
  }

  return ranges
}
