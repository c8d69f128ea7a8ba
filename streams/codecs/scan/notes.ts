/** What is odd about rows, counted by kind: drifts of the table, and keys it does not know. */
export interface Notes {
  /** How many kinds there are, and which, in order of first appearance: the number of a key's name, or -1 - a drift's place. */
  kinds: number
  readonly kind: Int32Array
  /** How often, by place: drifts first. */
  readonly counts: Int32Array
  readonly driftsMax: number
}

export const createNotes = (keysMax: number, driftsMax: number): Notes => ({
  kinds: 0,
  kind: new Int32Array(keysMax + driftsMax),
  counts: new Int32Array(keysMax + driftsMax),
  driftsMax,
})

const noteKind = (notes: Notes, kind: number): void => {
  const place = notes.driftsMax + kind
  if (notes.counts[place] === 0) {
    notes.kind[notes.kinds] = kind
    notes.kinds += 1
  }
  notes.counts[place] = (notes.counts[place] as number) + 1
}

/** What a scan has found odd about a row that counts. */
export const note = (found: {
  readonly drifts: number
  readonly unknown: number
  readonly unknownKeys: Int32Array
  readonly notes: Notes
}): void => {
  const { drifts, unknown, unknownKeys, notes } = found
  for (let i = 0; drifts >> i !== 0; i += 1) if (((drifts >> i) & 1) !== 0) noteKind(notes, -1 - i)
  for (let i = 0; i < unknown; i += 1) noteKind(notes, unknownKeys[i] as number)
}

/** Hands out each kind with its count, and begins anew. */
export const takeNotes = (notes: Notes, each: (kind: number, count: number) => void): void => {
  const { kinds, kind, counts, driftsMax } = notes
  notes.kinds = 0
  for (let i = 0; i < kinds; i += 1) {
    const one = kind[i] as number
    const count = counts[driftsMax + one] as number
    counts[driftsMax + one] = 0
    each(one, count)
  }
}
