import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { account, sumOf, type SessionAccount, type Sums } from './account.ts'
import { engineChild, type EngineChild } from './engineChild.ts'
import type { LaneName } from './engineProcess.ts'
import { readSent } from './sentLines.ts'

/** A frequency with the channel that tells its connection, and its lane. */
export const frequencies = [
  { name: 'per_second', ev: 'T', lane: 'per_second/T' },
  { name: 'per_minute', ev: 'AM', lane: 'per_minute/AM' },
  { name: 'fair_market_value', ev: 'FMV', lane: 'fair_market_value/FMV' },
] as const satisfies readonly { readonly name: string; readonly ev: string; readonly lane: LaneName }[]

export type Tested = (typeof frequencies)[number]

/** An engine process and the file of what was sent to it. */
export interface Pair {
  readonly engine: EngineChild
  readonly sentFile: string
  /** Accounts for one lane, after the engine has told everything. Throws for what cannot be accounted for. */
  account(frequency: Tested, options?: { readonly isOver: boolean }): readonly SessionAccount[]
  /** All three, summed, once nothing is on its way any more. */
  accountAll(): Readonly<Record<string, Sums>>
  allLive(): Promise<void>
}

/** Where the files of a suite lie; `end` removes them. */
export const folderOf = (name: string): { readonly path: string; readonly end: () => void } => {
  const path = mkdtempSync(join(tmpdir(), `${name}-`))
  return { path, end: () => rmSync(path, { recursive: true, force: true }) }
}

export const pairOf = (url: string, sentFile: string, limits: { readonly muteMs: number }): Pair => {
  const engine = engineChild(url, limits)

  const accountFor = ({ name, ev, lane }: Tested, { isOver } = { isOver: false }): readonly SessionAccount[] =>
    account({
      eventType: ev,
      sessions: readSent(sentFile).of(ev),
      delivered: engine.lanes[lane],
      gaps: engine.gaps(name),
      isOver,
    })

  return {
    engine,
    sentFile,
    account: accountFor,
    accountAll: () => Object.fromEntries(frequencies.map((one) => [one.ev, sumOf(accountFor(one, { isOver: true }))])),
    allLive: () => engine.until('all are live', () => frequencies.every(({ name }) => engine.word(name) === 'live')),
  }
}
