/** A recording cannot be written: where, and the system's own word. */
export class RecordingError extends Error {
  readonly _tag = 'RecordingError'
  readonly path: string
  /** `ENOENT`, `EACCES`, `ENOSPC`, … */
  readonly code: string

  constructor({ path, cause }: { readonly path: string; readonly cause: NodeJS.ErrnoException }) {
    const code = cause.code ?? 'unknown'
    super(`recording ${path} cannot be written (${code}): ${cause.message}`, { cause })
    this.name = 'RecordingError'
    this.path = path
    this.code = code
  }
}
