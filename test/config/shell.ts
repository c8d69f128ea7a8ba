import { run } from '../../src/cli/cli.ts'
import type { Io } from '../../src/cli/io.ts'

export interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Calls a command in this process, with an environment and a folder of its own. */
export const shell = async (
  args: readonly string[],
  { env = {}, directory }: { readonly env?: Io['env']; readonly directory: string },
): Promise<Said> => {
  let out = ''
  let err = ''
  const nothing = (): (() => void) => () => {}
  const io: Io = {
    out: (text) => {
      out += text
      return true
    },
    complain: (line) => {
      err += `${line}\n`
    },
    isTerminal: false,
    columns: () => 80,
    rows: () => 24,
    onResize: () => () => {},
    env,
    directory,
    self: 'tickstock',
    onDrain: nothing,
    onOutputLost: nothing,
    onSignal: nothing,
    onHangup: nothing,
    leave: () => {},
  }
  const code = await run(['node', 'main.js', ...args], io)
  return { code, out, err }
}
