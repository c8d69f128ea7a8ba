/** A drawing was not met: all that differs, diagram under diagram. */
export class MarbleMismatch extends Error {
  readonly _tag = 'MarbleMismatch'

  constructor(message: string) {
    super(message)
    this.name = 'MarbleMismatch'
  }
}
