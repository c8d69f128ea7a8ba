/** Codes that the process leaves with. */
export const exitCodes = { ok: 0, failed: 1, wrongUse: 2, interrupted: 130 } as const

/** The command was not used as it can be; `message` is one line that says what was wrong and what to do. */
export class WrongUse extends Error {
  readonly _tag = 'WrongUse'

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'WrongUse'
  }
}

/** Something went wrong while it ran; `message` is one line. */
export class Failure extends Error {
  readonly _tag = 'Failure'

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Failure'
  }
}

/** What a caller can put right by other arguments: a port that is taken, a file that is none. */
const ownTags = new Set<unknown>([
  'WrongUse',
  'FramesFileError',
  'RecordingError',
  'SentFileError',
  'ListenError',
  'PortInUse',
  'ListenFailed',
])

const isWrongUse = (error: unknown): boolean =>
  error instanceof RangeError || (error instanceof Error && '_tag' in error && ownTags.has(error._tag))

/** What anything thrown means to whoever typed the command: a code and one line. */
export const verdictOf = (error: unknown): { readonly code: number; readonly line: string } => {
  const text = error instanceof Error ? error.message : String(error)

  return {
    code: isWrongUse(error) ? exitCodes.wrongUse : exitCodes.failed,
    line: text.replaceAll(/\s*\n\s*/g, ' ').trim() || 'something failed without saying what',
  }
}
