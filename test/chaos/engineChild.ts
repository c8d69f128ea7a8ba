import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import type { Gap } from '../../src/index.ts'
import type { Asked, LaneName, Told } from './engineProcess.ts'

/** What one lane has delivered, from its first event on. */
export interface Delivered {
  readonly wires: string[]
  /** Offset to the id of the gap that its pull said lies before it. */
  readonly gapBefore: Map<number, string>
}

type State = Extract<Told, { readonly kind: 'state' }>

/** An engine in a process of its own, as its parent sees it. */
export interface EngineChild {
  readonly lanes: Readonly<Record<LaneName, Delivered>>
  /** Every gap so far in its latest form, by frequency. */
  gaps(frequency: string): readonly Gap[]
  /** The latest word of a frequency. */
  word(frequency: string): string
  /** Every state so far, in order. */
  readonly states: readonly State[]
  /** Faults of the engine itself: it must not have any. */
  readonly complaints: readonly string[]
  ask(asked: Asked): void
  /** Resolves when it holds, looked at with each word of the child. Rejects after twenty seconds. */
  until(what: string, holds: () => boolean): Promise<void>
  /** Resolves when everything that the lanes hold at this moment has been told. Gives the elements rejected so far. */
  sync(): Promise<number>
  /** Closes the engine and waits for the process to leave by itself. */
  end(): Promise<{ readonly balanced: boolean; readonly looks: number; readonly code: number | null }>
  /** Whatever state it is in. */
  kill(): void
}

const patienceMs = 20_000

/** Starts an engine against `url`; ready when it returns, though not live. */
export const engineChild = (url: string, { muteMs }: { readonly muteMs: number }): EngineChild => {
  const child = fork(join(__dirname, 'engineProcess.ts'), [url, String(muteMs)], { execArgv: ['--import', 'tsx'] })
  const lane = (): Delivered => ({ wires: [], gapBefore: new Map() })
  const lanes = { 'per_second/T': lane(), 'per_minute/AM': lane(), 'fair_market_value/FMV': lane() }
  const gaps = new Map<string, Gap>()
  const states: State[] = []
  const complaints: string[] = []
  const watchers = new Set<() => void>()
  const synced = new Map<number, number>()
  let syncs = 0
  let ended: Extract<Told, { readonly kind: 'end' }> | undefined
  let isGone = false

  const take = (told: Told): void => {
    switch (told.kind) {
      case 'events': {
        const { wires, gapBefore } = lanes[told.lane]
        if (told.from !== wires.length)
          complaints.push(`${told.lane}: a batch from ${told.from} behind ${wires.length} events`)
        if (told.lostBefore > 0) complaints.push(`${told.lane}: the reader lost ${told.lostBefore}`)
        if (told.gapBefore !== undefined) gapBefore.set(told.from, told.gapBefore)
        for (const wire of told.wires) wires.push(wire)
        break
      }
      case 'gap':
        gaps.set(told.gap.id, told.gap)
        break
      case 'state':
        states.push(told)
        break
      case 'imbalance':
        complaints.push(told.message)
        break
      case 'synced':
        synced.set(told.number, told.rejected)
        break
      case 'end':
        ended = told
    }
  }
  child.on('message', (told) => {
    take(told as Told)
    for (const watch of [...watchers]) watch()
  })
  const gone = once(child, 'exit').then(([code]) => {
    isGone = true
    for (const watch of [...watchers]) watch()
    return code as number | null
  })

  const until = (what: string, holds: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(limit)
        watchers.delete(watch)
      }
      const fail = (why: string): void => {
        stop()
        const latest = Object.fromEntries(
          states.map(({ frequency, word, link, reason }) => [frequency, { word, link, reason }]),
        )
        reject(new Error(`${what}: ${why}; ${JSON.stringify({ latest, complaints: complaints.slice(0, 3) })}`))
      }
      const watch = (): void => {
        if (holds()) {
          stop()
          resolve()
        } else if (isGone) fail('the engine has left')
      }
      const limit = setTimeout(() => fail(`not within ${patienceMs} ms`), patienceMs)
      watchers.add(watch)
      watch()
    })

  const ask = (asked: Asked): void => void child.send(asked)

  return {
    lanes,
    gaps: (frequency) => [...gaps.values()].filter((gap) => gap.frequency === frequency),
    word: (name) => states.findLast(({ frequency }) => frequency === name)?.word ?? 'none',
    states,
    complaints,
    ask,
    until,
    sync: async () => {
      const number = (syncs += 1)
      ask({ do: 'sync', number })
      await until('all is handed over', () => synced.has(number))
      return synced.get(number) ?? NaN
    },
    end: async () => {
      ask({ do: 'close' })
      await until('the engine has closed', () => ended !== undefined)
      const code = await gone
      return { balanced: ended?.balanced === true, looks: ended?.looks ?? 0, code }
    },
    kill: () => void child.kill('SIGKILL'),
  }
}
