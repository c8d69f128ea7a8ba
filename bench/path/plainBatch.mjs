// Batches that cost next to nothing: what remains to be measured is the path.

class PlainBatch {
  constructor(eventType, events, wires, from = 0, length = events.length) {
    this.eventType = eventType
    this.length = length
    this.events = events
    this.wires = wires
    this.from = from
    this.wireBytes = 0
    for (let i = from; i < from + length; i += 1) this.wireBytes += wires[i].length
    this.pinnedBytes = this.wireBytes
  }

  symbol(i) {
    return this.events[this.from + i].symbol
  }

  atMs(i) {
    return this.events[this.from + i].atMs
  }

  // No revision: only the decoder's batches take one, and bars pass as other events do.
  number(i, field) {
    if (field === 'revision') return NaN
    return this.events[this.from + i][field] ?? NaN
  }

  wire(i) {
    return this.wires[this.from + i]
  }

  at(i) {
    return this.events[this.from + i]
  }

  slice(from, to = this.length) {
    return new PlainBatch(this.eventType, this.events, this.wires, this.from + from, Math.max(to - from, 0))
  }

  select(indices) {
    const all = indices.map((i) => this.from + i)
    return new PlainBatch(
      this.eventType,
      all.map((k) => this.events[k]),
      all.map((k) => this.wires[k]),
    )
  }

  filter(keep) {
    const kept = []
    for (let i = 0; i < this.length; i += 1) if (keep(this, i)) kept.push(i)
    return kept.length === this.length ? this : this.select(kept)
  }

  *[Symbol.iterator]() {
    for (let i = 0; i < this.length; i += 1) yield this.at(i)
  }

  detach() {}
}

/** The same events as those of a batch. */
export const plainBatch = (batch) =>
  new PlainBatch(
    batch.eventType,
    [...batch],
    Array.from({ length: batch.length }, (_, i) => batch.wire(i)),
  )
