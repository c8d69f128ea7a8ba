import { basename, isAbsolute, relative } from 'node:path'

/** Everything the command line does to the process around it. Injected, so that a test can stand in for the terminal. */
export interface Io {
  /** To standard output. False: more than it takes at once is waiting; `onDrain` says when it has gone. */
  readonly out: (text: string) => boolean
  /** One line to standard error. */
  readonly complain: (line: string) => void
  /** Whether what was drawn can be drawn again in place. */
  readonly isTerminal: boolean
  /** Standard error where it is a terminal, for what is drawn while something lasts and is gone afterwards. */
  readonly terminal?: NodeJS.WriteStream
  /** How wide it is now, and how high. */
  readonly columns: () => number
  readonly rows: () => number
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where files are looked for. */
  readonly directory: string
  /** How this program was called, for lines to copy: `tickstock`, `node dist/esm/src/cli/main.js`. */
  readonly self: string
  readonly onDrain: (told: () => void) => () => void
  /** It has another size now. The returned function stops listening. */
  readonly onResize: (told: () => void) => () => void
  /** Nobody reads any more, or nothing can be written. The returned function stops listening. */
  readonly onOutputLost: (told: (error: NodeJS.ErrnoException) => void) => () => void
  /** SIGINT and SIGTERM: they end the process no longer. The returned function gives them back. */
  readonly onSignal: (told: (signal: NodeJS.Signals) => void) => () => void
  /** SIGHUP: read the configuration again. It ends the process no longer. The returned function gives it back. */
  readonly onHangup: (told: () => void) => () => void
  /** Ends the process where it stands. */
  readonly leave: (code: number) => void
}

/** How whoever reads this can call us again, from where they are. */
export const selfOf = (
  script: string | undefined,
  { env, cwd }: { readonly env: Io['env']; readonly cwd: string },
): string => {
  if (env.npm_command === 'exec') return 'npx tickstock'
  if (script === undefined || basename(script) !== 'main.js') return 'tickstock'
  const near = relative(cwd, script)
  const path = near.startsWith('..') || isAbsolute(near) ? script : near
  return `node ${path.includes(' ') ? `"${path}"` : path}`
}

/** The process's own. */
export const processIo = (): Io => {
  const { stdout, stderr, env } = process
  const lost = new Set<(error: NodeJS.ErrnoException) => void>()
  let gone: NodeJS.ErrnoException | undefined

  stdout.on('error', (error: NodeJS.ErrnoException) => {
    gone ??= error
    for (const told of [...lost]) told(error)
  })
  // Who closed it does not want to know.
  stderr.on('error', () => {})

  return {
    out: (text) => gone !== undefined || stdout.write(text),
    complain: (line) => {
      stderr.write(`tickstock: ${line}\n`)
    },
    isTerminal: stdout.isTTY && env.TERM !== 'dumb',
    ...(stderr.isTTY && env.TERM !== 'dumb' ? { terminal: stderr } : {}),
    columns: () => (stdout.isTTY ? stdout.columns : 0) || 80,
    rows: () => (stdout.isTTY ? stdout.rows : 0) || 24,
    env,
    directory: process.cwd(),
    self: selfOf(process.argv[1], { env, cwd: process.cwd() }),
    onDrain: (told) => {
      stdout.on('drain', told)
      return () => stdout.off('drain', told)
    },
    onResize: (told) => {
      stdout.on('resize', told)
      return () => stdout.off('resize', told)
    },
    onOutputLost: (told) => {
      lost.add(told)
      if (gone !== undefined) told(gone)
      return () => lost.delete(told)
    },
    onSignal: (told) => {
      process.on('SIGINT', told).on('SIGTERM', told)
      return () => {
        process.off('SIGINT', told).off('SIGTERM', told)
      }
    },
    onHangup: (told) => {
      process.on('SIGHUP', told)
      return () => {
        process.off('SIGHUP', told)
      }
    },
    leave: (code) => process.exit(code),
  }
}
