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
