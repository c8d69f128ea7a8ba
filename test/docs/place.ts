import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

/** A folder in which the built package can be imported by its name, as a host has it. */
export const makePlace = async (): Promise<string> => {
  const place = await mkdtemp(join(tmpdir(), 'tickstock-docs-'))
  const modules = join(place, 'node_modules')
  await mkdir(join(modules, '@types'), { recursive: true })
  await symlink(root, join(modules, 'tickstock'), 'dir')
  for (const name of ['rxjs', 'ws', 'pino', 'fastify', '@types/node', '@types/ws', '@types/jest']) {
    await symlink(join(root, 'node_modules', name), join(modules, name), 'dir')
  }
  return place
}

export const removePlace = (place: string): Promise<void> => rm(place, { recursive: true, force: true })

export interface Ran {
  readonly code: number | string | null
  readonly output: string
}

/** Runs a command in a folder, for at most so long; what it printed on both streams, in the order in which it came. */
export const run = (command: string, args: readonly string[], cwd: string, limitMs: number): Promise<Ran> =>
  new Promise((resolve) => {
    let output = ''
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const child = execFile(command, args, {
      cwd,
      env: { ...env, NO_COLOR: '1' },
      timeout: limitMs,
      killSignal: 'SIGKILL',
      maxBuffer: 16 << 20,
    })
    child.stdout?.on('data', (text: string) => (output += text))
    child.stderr?.on('data', (text: string) => (output += text))
    child.on('close', (code, signal) => {
      resolve({ code: code ?? signal, output })
    })
    child.on('error', (error) => {
      resolve({ code: error.message, output })
    })
  })
