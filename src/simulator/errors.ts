/** A recorded file that cannot be played: where, what was expected, what was there. */
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

/** The server could not listen. */
export class ListenError extends Error {
  readonly _tag = 'ListenError'
  readonly host: string
  readonly port: number
  /** The system's own word: `EADDRINUSE`, `EACCES`, … */
  readonly code: string

  constructor({
    host,
    port,
    cause,
  }: {
    readonly host: string
    readonly port: number
    readonly cause: NodeJS.ErrnoException
  }) {
    const code = cause.code ?? 'unknown'
    const reason =
      code === 'EADDRINUSE'
        ? 'the port is in use; choose another, or 0 for any free one'
        : code === 'EACCES'
          ? 'not permitted'
          : cause.message
    super(`simulator cannot listen on ${host}:${port} (${code}): ${reason}`, { cause })
    this.name = 'ListenError'
    this.host = host
    this.port = port
    this.code = code
  }
}

/** The file that is to hold what was sent cannot be opened, or not be written any more. */
export class SentFileError extends Error {
  readonly _tag = 'SentFileError'
  readonly path: string
  /** The system's own word: `ENOENT`, `EACCES`, `ENOSPC`, … */
  readonly code: string

  constructor({ path, cause }: { readonly path: string; readonly cause: NodeJS.ErrnoException }) {
    const code = cause.code ?? 'unknown'
    super(`file ${path} for what is sent (${code}): ${cause.message}`, { cause })
    this.name = 'SentFileError'
    this.path = path
    this.code = code
  }
}
