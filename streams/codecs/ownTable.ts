import type { AnyCodec } from './defineCodec.ts'

type Parts = Pick<AnyCodec, 'ev' | 'fields' | 'checks' | 'drifts' | 'decoder'>

/** What each decoder that `defineCodec` made was made of. */
const made = new WeakMap<object, Parts>()

export const noteOwnTable = (parts: Parts): void => {
  made.set(parts.decoder, parts)
}

/** Whether a codec decodes by its own table and by nothing else: a host may have put a decoder or a table of its own in its place. */
export const isOwnTable = ({ ev, fields, checks, drifts, decoder }: Parts): boolean => {
  const own = made.get(decoder)
  return own?.ev === ev && own.fields === fields && own.checks === checks && own.drifts === drifts
}
