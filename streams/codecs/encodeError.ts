/** An event that cannot be put on the wire; the sentence is built from its facts. */
export class EncodeError extends Error {
  readonly _tag = 'EncodeError'
  readonly eventType: string
  /** The event's field, or the path to it: `greeks.delta`. */
  readonly field: string
  readonly reason: string

  constructor(eventType: string, field: string, reason: string) {
    super(`Cannot encode an event of type ${JSON.stringify(eventType)}: ${field} ${reason}.`)
    this.name = 'EncodeError'
    this.eventType = eventType
    this.field = field
    this.reason = reason
  }
}
