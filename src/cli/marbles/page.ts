import { inCode, quoted } from './code.ts'
import { widthOf } from './drawn.ts'
import { expectationLines, rejectLines } from './expectations.ts'
import type { Incident, Place } from './incident.ts'
import { linkOptions, rehearsed, room, type Script, scriptOf, type Seen, urlOf } from './rehearse.ts'

export interface PageOptions {
  /** What the recording and the part of it are called. */
  readonly title: string
  /** The command that printed it. */
  readonly command: string
  /** For a runner that has a global `test`. */
  readonly isGlobal: boolean
}

/** Between two moments of the first rehearsal, which is to tell how much comes of each. */
const apartMs = 1000

/** After a loss the link needs some milliseconds until it is there again. */
const returnMs = 10

/**
 * A part of a recording as a marble test that passes.
 *
 * It is played twice: once to learn what comes of each frame, and then with moments far enough apart that each can be drawn, otherwise as they
 * were; what the engine gave then is what the page expects.
 */
export const pageOf = (incident: Incident, options: PageOptions): string => {
  const first = scriptOf(
    incident,
    incident.happened.map((_, i) => 1 + i * apartMs),
  )
  const widths = widthsOf(incident, rehearsed(incident, first))
  const script = scriptOf(incident, framesOf(incident, widths))
  return printed(incident, script, rehearsed(incident, script), options)
}

/** How much room each moment takes, in whatever drawing takes most. */
const widthsOf = ({ happened }: Incident, { events, rejects }: Seen): readonly number[] => {
  const counts = happened.map(({ frames }) => frames.length)
  for (const list of [...events.values(), rejects]) {
    const own = happened.map(() => 0)
    for (const { frame } of list) {
      const i = Math.round((frame - 1) / apartMs)
      own[i] = (own[i] ?? 0) + 1
    }
    own.forEach((count, i) => {
      counts[i] = Math.max(counts[i] ?? 0, count)
    })
  }
  // One more for the end of a drawing.
  return counts.map((count, i) => (happened[i]?.loss === undefined ? widthOf(count) + 1 : returnMs))
}

/** The moments as they were, later where a drawing needs the room. */
const framesOf = ({ happened }: Incident, widths: readonly number[]): readonly number[] => {
  const beganMs = happened[0]?.atMs ?? 0
  const frames: number[] = []
  let free = 1
  happened.forEach(({ atMs }, i) => {
    const frame = Math.max(1 + atMs - beganMs, free)
    frames.push(frame)
    free = frame + (widths[i] ?? 1)
  })
  return frames
}

const makers: Readonly<Record<string, string>> = {
  per_second: 'perSecond',
  per_minute: 'perMinute',
  fair_market_value: 'fairMarketValue',
}

/** Frequencies of which there is something to see; all of them where nothing is. */
const shownOf = ({ places }: Incident, { events, gaps }: Seen): readonly Place[] => {
  const shown = places.filter(({ frequency }) => events.has(frequency) || gaps.has(frequency))
  return shown.length === 0 ? places : shown
}

const printed = (incident: Incident, script: Script, seen: Seen, options: PageOptions): string => {
  const shown = shownOf(incident, seen)
  const isOne = new Set(incident.places.map(({ home }) => home)).size === 1
  const expectations = shown.flatMap(({ frequency }) => expectationLines(frequency, seen))
  const rejects = rejectLines(seen)
  const body = [...expectations, ...rejects]
  const uses = (word: RegExp): boolean => body.some((line) => word.test(line))
  const operators = ['map', 'skip', 'take'].filter((word) => uses(new RegExp(String.raw`\b${word}\(`)))
  const needsEngine = uses(/\bengine\./)

  const made = shown.map(({ frequency, eventTypes, home }) => {
    const types = frequency === 'per_second' ? typesOf(frequency, seen, eventTypes) : eventTypes
    const parts = [
      ...(frequency === 'per_second' && types.join() !== 'T' ? [`channels: [${types.map(quoted).join(', ')}]`] : []),
      ...(isOne ? [] : [`url: ${quoted(urlOf(home))}`]),
    ]
    return `${makers[frequency] ?? ''}(${parts.length === 0 ? '' : `{ ${parts.join(', ')} }`})`
  })
  const link =
    script.faults.length === 0 ? [] : ['      // It is there again at once.', `      link: ${inCode(linkOptions)},`]

  return [
    `// ${options.title}`,
    `// ${options.command}`,
    '//',
    '// What the engine made of it is what is expected. Moments are milliseconds, moved on where a drawing needs room.',
    ...(incident.leftOut === 0 ? [] : [`// Left out: frames that are no text, ${String(incident.leftOut)} of them.`]),
    ...(options.isGlobal ? [] : ["import { test } from 'node:test'", '']),
    ...(operators.length === 0 ? [] : [`import { ${operators.join(', ')} } from 'rxjs'`]),
    `import { ${shown
      .map(({ frequency }) => makers[frequency] ?? '')
      .sort()
      .join(', ')} } from 'tickstock'`,
    "import { engineMarbles } from 'tickstock/marbles'",
    '',
    'test(',
    `  ${quoted(options.title)},`,
    '  engineMarbles((m) => {',
    `    m.startsAt(${String(script.startMs)})`,
    `    ${needsEngine ? 'const engine = ' : ''}m.engine({`,
    `      frequencies: [${made.join(', ')}],`,
    ...link,
    '    })',
    '',
    ...script.feeds.flatMap(({ diagram, values, eventType }) => [
      `    m.feed.text(${quoted(`${diagram}${room}`)}, {`,
      ...Object.entries(values).map(([letter, text]) => `      ${letter}: ${quoted(text)},`),
      `    }${isOne || eventType === undefined ? '' : `, ${quoted(eventType)}`})`,
    ]),
    ...script.faults.flatMap(({ diagram, where, causes }) => [
      ...causes.map((cause) => `    // ${cause.replaceAll(/\s+/g, ' ')}`),
      `    m.faults(${quoted(`${diagram}${room}`)}${where === undefined ? '' : `, ${inCode(where)}`})`,
    ]),
    '',
    ...body.map((line) => `    ${line}`),
    '  }),',
    ')',
    '',
  ].join('\n')
}

/** The channels that the page needs: those of which there are events. */
const typesOf = (frequency: string, { events }: Seen, usual: readonly string[]): readonly string[] => {
  const came = new Set((events.get(frequency) ?? []).map(({ event }) => (event as { readonly ev: string }).ev))
  return came.size === 0 ? usual : usual.filter((eventType) => came.has(eventType))
}
