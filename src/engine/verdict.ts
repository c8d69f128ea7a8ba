import type { LinkState, StreamState } from '../../streams/model.ts'
import type { FrequencyHealth, LinkHealth, LoopHealth, Verdict } from '../ops/health.ts'
import { clockTime, count, listOf, span } from '../ops/words.ts'

/** What is counted as present although it is past. Events, elements, milliseconds. */
export interface Lately {
  readonly overMs: number
  /** How long that is when looks come in time. */
  readonly usualMs: number
  readonly gaps: number
  readonly rejected: number
  /** On its link, and whose they were nobody could read. */
  readonly nameless: number
  readonly deadLetters: number
  readonly restarts: number
  readonly lost: number
  /** How long its link was paused. */
  readonly pausedMs: number
}

export interface Evidence {
  readonly health: Omit<FrequencyHealth, 'status' | 'why'>
  readonly link: LinkHealth | undefined
  readonly lately: Lately
  readonly nowMs: number
}

/** A word, and whether it stops the frequency. */
const verdicts: Readonly<Record<StreamState['word'], Verdict>> = {
  stopped: 'down',
  halted: 'down',
  evicted: 'down',
  refused: 'down',
  quarantined: 'down',
  recovering: 'down',
  connecting: 'down',
  stale: 'degraded',
  quiet: 'ok',
  live: 'ok',
}

/** From how full on a reader is said to be about to lose events. */
const lagShare = 0.8

/** From which share of the time on a paused socket is worth a word. */
const pausedShare = 0.2

/** How well a frequency is, and a sentence about everything that is not as it should be. */
export const verdictOf = (evidence: Evidence): Pick<FrequencyHealth, 'status' | 'why'> => {
  const { health } = evidence
  const status = verdicts[health.state.word]
  const why = [...wordSentence(evidence), ...partsOf(evidence)].map((rest) => `${health.name} ${rest}`)
  return { status: status === 'ok' && why.length > 0 ? 'degraded' : status, why }
}

const wordSentence = ({ health, link, nowMs }: Evidence): readonly string[] => {
  const { state, sinceMs, pace, lastArrivalMs } = health
  const forMs = nowMs - sinceMs
  switch (state.word) {
    case 'stopped':
      return [
        state.running ? 'is closed: the engine has ended its link' : 'is stopped: it takes nothing until it is started',
      ]
    case 'halted':
      return [`is halted and does not come back by itself: ${causeOf(state.link)}; mend that and start it again`]
    case 'evicted':
      return [`is evicted${until(state.link, nowMs)}: ${causeOf(state.link)}`]
    case 'refused':
      return [`is refused: the vendor gives it none of ${listOf(state.refused)}; does the plan of the key have it?`]
    case 'quarantined':
      return ['is quarantined: its operators threw too often, its events are dead letters until they are tried again']
    case 'recovering':
    case 'connecting':
      return [`is ${state.word} for ${span(forMs)}${waitOf(state, link, nowMs)}`]
    case 'stale': {
      const age = lastArrivalMs === undefined ? '' : ` for ${span(nowMs - lastArrivalMs)}`
      const limit = pace.staleMs === null ? '' : `, which is longer than ${span(pace.staleMs)}`
      return [`is stale: no event has come${age}${limit}, though its link is live and the market open`]
    }
    case 'quiet':
    case 'live':
      return []
  }
}

const partsOf = ({ health, link, lately }: Evidence): readonly string[] => {
  const { state, gapsOpen, lastGap, lanes, time } = health
  const ago = `in the last ${span(lately.overMs)}`
  const readers = lanes.flatMap((lane) => lane.readers.map((reader) => ({ lane, reader })))
  const said: string[] = []

  if (state.fallback !== undefined)
    said.push(
      `comes from its fallback ${state.fallback.provider} since ${clockTime(state.fallback.sinceMs)}: ${state.fallback.cause.message}`,
    )
  if (state.channels === 'partlyRefused') said.push(`is refused ${listOf(state.refused)}; the rest comes`)
  // While it is down that has been said, with its cause.
  const isDown = verdicts[state.word] === 'down'
  if (!isDown && gapsOpen > 0 && lastGap !== undefined)
    said.push(`is missing events since ${clockTime(lastGap.fromMs)}: ${lastGap.cause}`)
  else if (!isDown && lately.gaps > 0) {
    said.push(
      `may have missed events ${ago}, ${count(lately.gaps, 'gap')}${lastGap === undefined ? '' : `: ${lastGap.cause}`}`,
    )
  }
  if (lately.rejected > 0) said.push(`had ${count(lately.rejected, 'element')} ${ago} that could not be decoded`)
  if (lately.nameless > 0 && link !== undefined) {
    said.push(`is on ${link.id}, which had ${count(lately.nameless, 'element')} ${ago} that could not be read at all`)
  }
  if (lately.deadLetters > 0) said.push(`has lost ${count(lately.deadLetters, 'event')} to dead letters ${ago}`)
  if (lately.restarts > 0)
    said.push(`has had its operators built anew ${count(lately.restarts, 'time')} ${ago}: they threw or completed`)
  if (time.isOver && time.budgetMs !== null) {
    said.push(
      `is over its time budget: its operators took ${span(time.brokenMs ?? 0)} of a second, of ${span(time.budgetMs)} that they may`,
    )
  }
  if (lately.lost > 0) said.push(`has readers that lost ${count(lately.lost, 'event')} ${ago}: they read too slowly`)
  for (const { lane, reader } of readers) {
    if (reader.lag >= lane.limit * lagShare && reader.lag > 0) {
      said.push(
        `has a reader ${reader.name} that is ${count(reader.lag, 'event')} behind in ${lane.eventType}, of ${String(lane.limit)} that are kept`,
      )
    }
  }
  if (lately.pausedMs > lately.usualMs * pausedShare && link !== undefined) {
    said.push(`is on ${link.id}, whose socket was paused for ${span(lately.pausedMs)} ${ago}: the engine is behind`)
  }
  if (link !== undefined && link.unansweredPings > 0) {
    said.push(`is on ${link.id}, which has not answered ${count(link.unansweredPings, 'ping')}`)
  }
  return said
}

/** What is said of the engine as a whole, of the worst first. */
export const overallOf = (options: {
  readonly isStarted: boolean
  readonly isClosed: boolean
  readonly balanced: boolean
  readonly loop: LoopHealth
  readonly frequencies: readonly FrequencyHealth[]
}): { readonly status: Verdict; readonly reasons: readonly string[] } => {
  const { isStarted, isClosed, balanced, loop, frequencies } = options
  if (isClosed) return { status: 'down', reasons: ['the engine is closed'] }
  if (!isStarted) return { status: 'down', reasons: ['the engine has not been started'] }

  const needed = frequencies.some(({ required }) => required)
    ? frequencies.filter(({ required }) => required)
    : frequencies
  const reasons = [
    ...(balanced ? [] : ['the ledger does not balance: events are unaccounted for, see /ledger']),
    ...frequencies.filter(({ status }) => status === 'down').flatMap(({ why }) => why),
    ...frequencies.filter(({ status }) => status === 'degraded').flatMap(({ why }) => why),
    ...(loop.p99Ms < loopMsMax ? [] : [`the process is held up: its event loop is late by ${span(loop.p99Ms)} at p99`]),
  ]
  const isDown = needed.every(({ status }) => status === 'down')
  return { status: isDown ? 'down' : reasons.length > 0 ? 'degraded' : 'ok', reasons }
}

/** From here on a late loop is felt by whoever waits for events. Milliseconds at p99. */
const loopMsMax = 250

const causeOf = (link: LinkState): string => ('cause' in link ? link.cause.message : 'its link has ended')

const until = (link: LinkState, nowMs: number): string =>
  link.kind === 'evicted' && link.untilMs !== null ? ` for another ${span(Math.max(link.untilMs - nowMs, 0))}` : ''

const waitOf = ({ link: state }: StreamState, link: LinkHealth | undefined, nowMs: number): string => {
  if (state.kind === 'live') return ': the vendor has not answered for its channels yet'
  const where = link === undefined ? '' : `, ${link.id} is ${state.kind}`
  const next = state.kind === 'waiting' ? `, next try in ${span(Math.max(state.nextTryAtMs - nowMs, 0))}` : ''
  const cause = 'cause' in state ? state.cause.message : link?.lastCause?.message
  return `${where}${next}${cause === undefined ? '' : `: ${cause}`}`
}
