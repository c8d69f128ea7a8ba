import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'

import { usualFiles } from '../../config/files.ts'
import { starter } from '../../config/starter.ts'
import { command } from '../command.ts'
import { exitCodes, Failure, WrongUse } from '../errors.ts'
import { flag } from '../options.ts'

export const initCommand = command({
  name: 'init',
  summary: 'Writes a configuration to begin with: commented, valid, with made-up data until a key is there.',
  mayTake: 'FILE',
  options: {
    force: flag({ help: 'also over a file that is there' }),
  },
  notes: [
    `FILE is ${usualFiles.own} unless told otherwise. Editors complete and check it by the schema that it names.`,
  ],
  examples: ['tickstock init && tickstock check && tickstock run'],

  act: async ({ force }, [name = usualFiles.own, ...others], io) => {
    if (others.length > 0) throw new WrongUse('one argument too many behind init: tickstock init [FILE] [options]')
    try {
      await writeFile(resolve(io.directory, name), starter, { flag: force ? 'w' : 'wx' })
    } catch (error) {
      throw refused(name, error)
    }
    io.out(`${name} is written\n\n  ${io.self} check   says what it means\n  ${io.self} run     runs it\n`)
    return exitCodes.ok
  },
})

const refused = (name: string, error: unknown): Error => {
  const code = (error as NodeJS.ErrnoException | null)?.code
  if (code === 'EEXIST') return new WrongUse(`${name} is there already; --force writes over it`, { cause: error })
  if (code === 'ENOENT') return new WrongUse(`${name}: there is no such folder`, { cause: error })
  return new Failure(`${name} cannot be written: ${code ?? String(error)}`, { cause: error })
}
