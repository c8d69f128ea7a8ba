/** A recorded file that cannot be read: where, what was expected, what was there. */
export class FramesFileError extends Error {
  readonly _tag = 'FramesFileError'
  readonly path: string
  /** Counted from 1; absent when the file could not be read at all. */
  readonly line: number | undefined
  readonly expected: string
  readonly found: string

  constructor(facts: {
    readonly path: string
    readonly line?: number
    readonly expected: string
    readonly found: string
    readonly cause?: unknown
  }) {
    const { path, line, expected, found, cause } = facts
    super(`frames file ${path}${line === undefined ? '' : `, line ${line}`}: expected ${expected}, found ${found}`, {
      cause,
    })
    this.name = 'FramesFileError'
    this.path = path
    this.line = line
    this.expected = expected
    this.found = found
  }
}
