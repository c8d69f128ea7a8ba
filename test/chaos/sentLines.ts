import { readFileSync } from 'node:fs'

/** What one connection was sent of one event type, in order. */
export interface SentSession {
  /** `run/connection`: a simulator that is started again counts anew. */
  readonly name: string
  readonly wires: readonly string[]
}

interface Line {
  readonly kind: 'run' | 'connection' | 'frame' | 'fault'
  readonly to?: readonly number[]
}

/** The events of the market are flat objects, and no text in them has a brace: between two of them stands `},{`. */
const elementsOf = (frame: string): readonly string[] => frame.slice(1, -1).split(/(?<=\}),(?=\{)/)

const evOf = (wire: string): string => /^\{"ev":"(\w+)"/.exec(wire)?.[1] ?? ''

/** The file of what was sent, by event type and connection. A line that the end of the process has cut was never sent. */
export const readSent = (path: string): { of(ev: string): readonly SentSession[] } => {
  const byEv = new Map<string, Map<string, string[]>>()
  let run = 0

  const texts = readFileSync(path, 'utf8').split('\n')
  for (const text of texts.slice(0, -1)) {
    const line = JSON.parse(text) as Line
    if (line.kind === 'run') run += 1
    if (line.kind !== 'frame') continue

    const frame = text.slice(text.indexOf(',"frame":') + ',"frame":'.length, -1)
    for (const wire of elementsOf(frame)) {
      const ev = evOf(wire)
      const sessions = byEv.get(ev) ?? new Map<string, string[]>()
      byEv.set(ev, sessions)
      for (const connection of line.to ?? []) {
        const name = `${run}/${connection}`
        const wires = sessions.get(name) ?? []
        sessions.set(name, wires)
        wires.push(wire)
      }
    }
  }

  return { of: (ev) => Array.from(byEv.get(ev) ?? [], ([name, wires]) => ({ name, wires })) }
}
