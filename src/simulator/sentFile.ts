import { closeSync, openSync, writeSync } from 'node:fs'
import type { Account } from './accounts.ts'
import type { SheetFrame } from './cohorts.ts'
import { SentFileError } from './errors.ts'
import type { Seat } from './hall.ts'

/** One connection as a frame's line names it. */
export interface Recipient {
  readonly id: number
  readonly connection: { readonly halfOpen: boolean }
}

/** What leaves, written down before it does. */
export interface SentFile {
  /** It has authenticated. */
  connection(seat: Pick<Seat, 'id' | 'stem' | 'path' | 'remote' | 'login'>): void
  /** A frame is about to be handed to these. Nothing is written for nobody. */
  frame(frame: SheetFrame, to: readonly Recipient[]): void
  fault(name: string, connections: readonly number[]): void
  /** Idempotent. */
  close(): void
}

const brackets = Buffer.from('}\n')

/**
 * Writes a line of JSON per frame and recipients, before the frame is handed to any socket. The line is in the kernel when the call returns: whatever happens to
 * this process then, by `kill -9` too, the file has all that may have left it. (It is not on the disk yet: that of a machine that loses its power is another matter.)
 *
 *     {"kind":"run","atMs":1795400544030,"pid":4711,"seed":7}
 *     {"kind":"connection","atMs":…,"connection":1,"host":"socket","path":"/stocks","account":1,"remote":"127.0.0.1:40562"}
 *     {"kind":"frame","atMs":…,"to":[1,3],"frame":[{"ev":"T","sym":"AAPL",…},…]}
 *     {"kind":"frame","atMs":…,"to":[1,3],"lost":[3],"frame":[…]}
 *     {"kind":"fault","atMs":…,"fault":"kill","connections":[1]}
 *
 * `frame` is the frame's own text, so that an event is told by its own. `lost`: those of `to` that are half open, whom it cannot reach. Accounts are numbers in the
 * order in which they came, since their names may be keys. Appends: each run begins with a `run` line, and counts its connections from 1.
 *
 * Throws `SentFileError` when the file cannot be opened, and from `frame` once it could not be written: what cannot be written down is not sent.
 */
export const openSentFile = (path: string, { seed }: { readonly seed: number }): SentFile => {
  const accounts = new Map<Account['id'], number>()
  let file: number | undefined
  let failure: SentFileError | undefined

  const failed = (cause: unknown): SentFileError =>
    (failure = new SentFileError({ path, cause: cause as NodeJS.ErrnoException }))

  const write = (bytes: Uint8Array): void => {
    if (failure !== undefined) throw failure
    if (file === undefined) return
    try {
      // A full disk may take a part.
      for (let from = 0; from < bytes.length;) from += writeSync(file, bytes, from)
    } catch (error) {
      throw failed(error)
    }
  }

  const line = (facts: object): void => write(Buffer.from(`${JSON.stringify(facts)}\n`))

  /** Outside the drivers nobody waits for an error: the next frame has it. */
  const note = (facts: object): void => {
    try {
      line(facts)
    } catch (error) {
      if (error !== failure) throw error
    }
  }

  const numberOf = (account: Account): number => {
    const number = accounts.get(account.id) ?? accounts.size + 1
    accounts.set(account.id, number)
    return number
  }

  const close = (): void => {
    if (file !== undefined) closeSync(file)
    file = undefined
  }

  try {
    file = openSync(path, 'a')
    line({ kind: 'run', atMs: Date.now(), pid: process.pid, seed })
  } catch (error) {
    close()
    throw failure ?? failed(error)
  }

  return {
    connection: ({ id, stem, path: asked, remote, login }) => {
      const account = login === undefined ? undefined : numberOf(login.account)
      note({ kind: 'connection', atMs: Date.now(), connection: id, host: stem, path: asked, account, remote })
    },
    frame: ({ bytes }, to) => {
      if (to.length === 0) return
      const lost = to.filter(({ connection }) => connection.halfOpen).map(({ id }) => id)
      const ids = to.map(({ id }) => id).join(',')
      const unheard = lost.length === 0 ? '' : `,"lost":[${lost.join(',')}]`
      const head = `{"kind":"frame","atMs":${Date.now()},"to":[${ids}]${unheard},"frame":`
      write(Buffer.concat([Buffer.from(head), bytes, brackets]))
    },
    fault: (name, connections) => note({ kind: 'fault', atMs: Date.now(), fault: name, connections }),
    close,
  }
}
