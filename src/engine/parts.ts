import type { Figures, Ledger, LedgerKind } from '../../streams/ledger.ts'
import type { PartHealth } from '../ops/health.ts'

/** Something that hangs on an engine and is told of its end: a publisher. */
export interface Part {
  /** Unique among the parts; `name#2` is given to the next of that name. */
  readonly name: string
  readonly health: () => PartHealth
  /** The lanes have ended: send what is held. Bounded by the engine's `drainMs`. */
  readonly flush?: () => Promise<void>
  /** The engine has closed. */
  readonly close?: () => Promise<void>
}

/** A part's place. */
export interface Seat {
  readonly name: string
  /** Opens a row of the engine's ledger; the returned function closes it. */
  readonly row: <K extends LedgerKind>(kind: K, name: string, read: () => Figures<K>) => () => void
  /** Leaves the engine before it closes. */
  leave(): void
}

export interface Parts {
  attach(part: Part): Seat
  health(): Readonly<Record<string, PartHealth>>
  flush(): Promise<void>
  close(): Promise<void>
}

/** `failed` is told of what a part rejects with: one part's trouble must not keep the others from closing. */
export const createParts = (ledger: Ledger, failed: (name: string, error: unknown) => void): Parts => {
  const parts = new Map<string, Part>()

  const freeName = (name: string): string => {
    for (let n = 1; ; n += 1) {
      const free = n === 1 ? name : `${name}#${String(n)}`
      if (!parts.has(free)) return free
    }
  }

  const all = async (ask: (part: Part) => Promise<void> | undefined): Promise<void> => {
    const answers = [...parts].map(async ([name, part]) => {
      try {
        await ask(part)
      } catch (error) {
        failed(name, error)
      }
    })
    await Promise.all(answers)
  }

  return {
    attach: (part) => {
      const name = freeName(part.name)
      parts.set(name, part)
      return {
        name,
        row: (kind, row, read) => ledger.open(kind, row, read),
        leave: () => {
          parts.delete(name)
        },
      }
    },
    health: () => Object.fromEntries([...parts].map(([name, part]) => [name, part.health()])),
    flush: () => all((part) => part.flush?.()),
    close: () => all((part) => part.close?.()),
  }
}
