/** Somebody else has the port. */
export class PortInUse extends Error {
  readonly _tag = 'PortInUse'
  readonly host: string
  readonly port: number

  constructor(who: string, host: string, port: number, cause: unknown) {
    super(`${who} cannot listen on ${host}:${port}: the port is in use; choose another, or 0 for any free one`, {
      cause,
    })
    this.name = 'PortInUse'
    this.host = host
    this.port = port
  }
}

/** The port cannot be had for another reason. */
export class ListenFailed extends Error {
  readonly _tag = 'ListenFailed'
  readonly host: string
  readonly port: number
  /** The system's own word: `EACCES`, `EADDRNOTAVAIL`, `ENOTFOUND`, … */
  readonly code: string

  constructor(who: string, host: string, port: number, cause: NodeJS.ErrnoException) {
    const code = cause.code ?? 'unknown'
    super(`${who} cannot listen on ${host}:${port}: ${code === 'EACCES' ? 'not permitted' : cause.message}`, {
      cause,
    })
    this.name = 'ListenFailed'
    this.host = host
    this.port = port
    this.code = code
  }
}

/** What a server that could not begin to listen rejects with. `who` is how it calls itself, such as `the publisher`. */
export const listenErrorOf = (who: string, host: string, port: number, cause: NodeJS.ErrnoException): Error =>
  cause.code === 'EADDRINUSE' ? new PortInUse(who, host, port, cause) : new ListenFailed(who, host, port, cause)

/** Whether only this machine can reach it. */
export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.')
