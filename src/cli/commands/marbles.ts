import { basename } from 'node:path'

import { recordingHeadOf } from '../../frames/recordingHead.ts'
import { command } from '../command.ts'
import { exitCodes, WrongUse } from '../errors.ts'
import { incidentOf, TooLarge } from '../marbles/incident.ts'
import { pageOf } from '../marbles/page.ts'
import { newYorkText } from '../moment.ts'
import { flag } from '../options.ts'
import { partOf, partOptions } from './replay.ts'

/** A page is to be read. */
const framesMax = 500

export const marblesCommand = command({
  name: 'marbles',
  summary: "Prints a part of a recording as a marble test that passes: yesterday's incident as tomorrow's test.",
  operands: ['FILE'],
  options: {
    ...partOptions,
    globals: flag({ help: 'for a test runner that has a global test, such as jest; without it, for node --test' }),
  },
  notes: [
    `A page holds at most ${String(framesMax)} frames: --from, --to and --symbols cut out what it is about.`,
    'Losses of the recording are in it, and so are the gaps that come of them.',
  ],
  examples: [
    'tickstock marbles today.frames.gz --from 09:30 --to 09:30:02 --symbols SPY > opening.test.mjs',
    'node --test opening.test.mjs',
  ],

  act: async ({ globals, ...part }, [file = ''], io) => {
    const which = partOf(file, part)
    const incident = await read(file, which)
    if (incident.happened.length === 0) {
      throw new WrongUse(
        `${file}: there is nothing to draw; it begins at ${newYorkText(recordingHeadOf(file).firstMs)} in New York`,
      )
    }
    const [first, last] = [incident.happened[0]?.atMs ?? 0, incident.happened.at(-1)?.atMs ?? 0]
    const typed = [
      ...(part.from === undefined ? [] : ['--from', part.from.typed]),
      ...(part.to === undefined ? [] : ['--to', part.to.typed]),
      ...(part.symbols === undefined ? [] : ['--symbols', part.symbols.join(',')]),
    ]
    io.out(
      pageOf(incident, {
        title: `${basename(file)}, ${newYorkText(first)} to ${newYorkText(last).slice(11)} in New York`,
        command: ['tickstock marbles', basename(file), ...typed].join(' '),
        isGlobal: globals,
      }),
    )
    return exitCodes.ok
  },
})

const read = async (file: string, which: ReturnType<typeof partOf>) => {
  try {
    return await incidentOf({ file, framesMax, ...which })
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    throw new WrongUse(
      `${file}: there are ${error.message}, and a page is to be read; narrow it with --from, --to and --symbols`,
    )
  }
}
