import type { AnyCodec } from '../defineCodec.ts'
import type { Field, Kind, WhenAbsent } from '../field.ts'
import { namedBy } from '../look.ts'
import { isOwnTable } from '../ownTable.ts'
import type { Row, RowCheck } from '../table.ts'
import { firstSlot, headSlot } from './row.ts'

/**
 * How the scanner lays an element down: a row of doubles, see `row.ts` for its head.
 *
 *     place · head · field · field · …
 *
 * What a field's double means depends on its kind: a number, 0 or 1 for a flag, a ticker's place among the remembered names, and
 * for texts and lists where they stand in the element (`placed`). What is absent is whatever was there before. The symbol has no
 * slot of its own, it is in the head.
 *
 * Made of a codec's table and nothing else, so both back ends (`generated.ts`, `composed.ts`) do the same.
 */
export interface Layout {
  readonly ev: string
  /** Doubles a row has. */
  readonly stride: number
  readonly keys: readonly Key[]
  /** By field name, in the table's order. */
  readonly columns: ReadonlyMap<string, Column>
  /** The bits of the keys without which there is no event. */
  readonly required: number
  readonly checks: readonly RowCheck<Row>[]
  readonly drifts: readonly RowCheck<Row>[]
  /** The columns some check looks at. */
  readonly looked: readonly Column[]
  /** The field that says when the event happened. */
  readonly at: Column | undefined
  /** False where an element of this table always takes the io-ts path. */
  readonly isScannable: boolean
}

/** A key of the wire and what is read from it: one field, or both readings of an instant. */
export interface Key {
  readonly wire: string
  readonly bit: number
  readonly columns: readonly Column[]
}

/** A field of the event. */
export interface Column {
  readonly name: string
  readonly kind: Kind
  readonly absent: WhenAbsent
  /** Its place in the row: the head's for the symbol, -1 for an annotation, which has none. */
  readonly slot: number
  /** Its key's bit; 0 for an annotation. */
  readonly bit: number
  /** Whether its double is its value. */
  readonly isNumber: boolean
  /** Whether every row has it: required ones, and derived ones, which are put in. */
  readonly isAlways: boolean
  /** What it is when absent; `undefined` where it is then left out. */
  readonly otherwise: unknown
}

/** `ev` itself, which every element must have once. */
export const evBit = 1
/** As many as the head has bits for, without `ev`'s. */
const keysMax = 29
export const driftsMax = 30

// What is compared byte by byte, and what keeps the source of generated code plain.
const plainKey = /^[!#-[^-z|]{1,32}$/

const isInstant = ({ kind }: Column): boolean => kind.kind === 'instantNs' || kind.kind === 'instantMs'

const isDerivable = ({ kind }: Kind): boolean => kind === 'number' || kind === 'integer' || kind === 'timeMs'

const columnOf = (name: string, { kind, absent }: Field, slot: number, bit: number): Column => ({
  name,
  kind,
  absent,
  slot,
  bit,
  isNumber: isDerivable(kind) || kind.kind === 'instantMs',
  isAlways: absent === 'refuse' || (absent !== 'omit' && 'field' in absent),
  otherwise: typeof absent === 'object' && 'value' in absent ? absent.value : undefined,
})

/** What a derived field can be added to before the element is done: a number that is always there, earlier in the table. */
const isSound = (column: Column, earlier: ReadonlyMap<string, Column>): boolean => {
  if (typeof column.absent !== 'object' || !('field' in column.absent)) return true
  const from = earlier.get(column.absent.field)
  return from?.absent === 'refuse' && isDerivable(from.kind) && isDerivable(column.kind)
}

/** The layout of a codec's table. Tables it cannot do justice to are marked, not refused. */
export const layoutOf = (codec: AnyCodec): Layout => {
  const columns = new Map<string, Column>()
  const bits = new Map<string, number>([['ev', evBit]])
  let isScannable = isOwnTable(codec) && plainKey.test(codec.ev) && !Object.hasOwn(codec.fields, '__proto__')
  let slot = firstSlot

  for (const [name, field] of Object.entries(codec.fields)) {
    const { wire, absent } = field
    if (wire === null) {
      columns.set(name, columnOf(name, field, -1, 0))
      isScannable &&= absent === 'omit' || (absent !== 'refuse' && 'value' in absent)
      continue
    }
    const bit = bits.get(wire) ?? 1 << bits.size
    bits.set(wire, bit)
    const column = columnOf(name, field, name === 'symbol' ? headSlot : slot, bit)
    isScannable &&= plainKey.test(wire) && wire !== 'ev' && isSound(column, columns)
    columns.set(name, column)
    if (name !== 'symbol') slot += 1
  }

  const all = [...columns.values()]
  const keys = [...bits].slice(1).map(([wire, bit]) => ({
    wire,
    bit,
    columns: all.filter((column) => column.bit === bit && column.slot >= 0),
  }))
  const isOneReading = keys.every(({ columns: read }) => read.length === 1 || read.every(isInstant))
  const { symbol } = codec.fields
  const named = namedBy(codec.fields, [...codec.checks, ...codec.drifts])

  return {
    ev: codec.ev,
    stride: slot,
    keys,
    columns,
    required: all.reduce((set, { absent, bit }) => (absent === 'refuse' ? set | bit : set), evBit),
    checks: codec.checks,
    drifts: codec.drifts,
    looked: all.filter(({ name }) => named.includes(name)),
    at: columns.get(codec.at ?? ''),
    isScannable:
      isScannable &&
      isOneReading &&
      keys.length <= keysMax &&
      codec.drifts.length <= driftsMax &&
      symbol?.kind.kind === 'ticker' &&
      symbol.absent === 'refuse',
  }
}
