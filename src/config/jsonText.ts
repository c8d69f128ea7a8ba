/** A text is no JSON: where, and what was expected there. What stands there is not repeated: it may be a key. */
export class JsonTextError extends Error {
  readonly _tag = 'JsonTextError'
  readonly expected: string
  readonly line: number
  readonly column: number

  constructor(expected: string, line: number, column: number) {
    super(`line ${line}, column ${column}: expected ${expected}`)
    this.name = 'JsonTextError'
    this.expected = expected
    this.line = line
    this.column = column
  }
}

const space = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y
// Characters below the space are not allowed in a text.
const scalar =
  /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

/** What a comment-less text would be too deep for, in brackets. */
const depthMax = 100

/**
 * JSON as people write it: with comments and a comma behind the last. A key that stands twice in one object is an error, since one
 * of the two values would silently mean nothing. Throws `JsonTextError`.
 */
export const parseJsonText = (text: string): unknown => {
  let at = text.startsWith('\ufeff') ? 1 : 0

  const fail = (expected: string, place = at): never => {
    const before = text.slice(0, place).split('\n')
    throw new JsonTextError(expected, before.length, (before.at(-1)?.length ?? 0) + 1)
  }
  const skip = (): void => {
    space.lastIndex = at
    at += space.exec(text)?.[0].length ?? 0
  }
  const take = (sign: string): boolean => {
    skip()
    if (text[at] !== sign) return false
    at += 1
    return true
  }
  const plain = (): unknown => {
    scalar.lastIndex = at
    const found =
      scalar.exec(text)?.[0] ?? fail('a value: a text in double quotes, a number, true, false, null, [ or {')
    at += found.length
    return JSON.parse(found)
  }
  const until = (end: string, depth: number, one: () => void): void => {
    if (depth > depthMax) fail(`at most ${depthMax} brackets within each other`)
    while (!take(end)) {
      one()
      if (!take(',')) {
        if (take(end)) return
        fail(`a comma or ${end}`)
      }
    }
  }
  const value = (depth: number): unknown => {
    if (take('[')) {
      const list: unknown[] = []
      until(']', depth, () => list.push(value(depth + 1)))
      return list
    }
    if (take('{')) {
      const entries = new Map<string, unknown>()
      until('}', depth, () => {
        skip()
        const place = at
        if (text[at] !== '"') fail('a key in double quotes')
        const name = plain() as string
        if (entries.has(name)) fail('each key once', place)
        if (!take(':')) fail('a colon')
        entries.set(name, value(depth + 1))
      })
      return Object.fromEntries(entries)
    }
    return plain()
  }

  const whole = value(0)
  skip()
  return at < text.length ? fail('nothing more') : whole
}
