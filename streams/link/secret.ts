const mask = '***'

/**
 * A key that cannot be printed by accident.
 *
 *     const key = secret('pk_live_1')
 *     `${key}`, JSON.stringify({ key }), console.log(key), { ...key }     // all of them only show ***
 *     key.reveal()                                                       // 'pk_live_1', at the one place that sends it
 */
export interface Secret {
  /** What a copy made by spreading still shows: the mask. */
  readonly masked: string
  reveal(): string
  /** `text` with the key, should it be in there, masked: for words that came from outside. */
  hide(text: string): string
  toString(): string
  toJSON(): string
}

class Masked implements Secret {
  readonly masked = mask
  // A private field is out of reach of inspection, spreading, cloning and every serialiser.
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  hide(text: string): string {
    return this.#value === '' ? text : text.replaceAll(this.#value, mask)
  }

  toString(): string {
    return mask
  }

  toJSON(): string {
    return mask
  }

  /** `console.log`, `util.inspect`, and the messages of `node:assert`. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return mask
  }
}

/** Masks `value` by construction. */
export const secret = (value: string): Secret => new Masked(value)
