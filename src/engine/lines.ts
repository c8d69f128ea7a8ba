import type { DeadLetter, Gap, LinkState, StreamState, StreamWord } from '../../streams/model.ts'
import type { Health, Verdict } from '../ops/health.ts'
import type { Logger } from '../ops/logger.ts'
import { clockTime, count, listOf, span } from '../ops/words.ts'

/** A line of the log: what is the matter, why, and what comes next. */
export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly text: string
}

export const write = (log: Logger, fields: object, { level, text }: Line): void => {
  log[level](fields, text)
}

const levels: Readonly<Record<StreamWord, Line['level']>> = {
  stopped: 'info',
  halted: 'error',
  evicted: 'warn',
  refused: 'warn',
  quarantined: 'warn',
  recovering: 'warn',
  connecting: 'info',
  stale: 'warn',
  quiet: 'info',
  live: 'info',
}

const causeOf = (state: LinkState): string => ('cause' in state ? `: ${state.cause.message}` : '')

const inMs = (atMs: number, nowMs: number): string => `in ${span(Math.max(atMs - nowMs, 0))}`

const nextOf = (state: LinkState, nowMs: number): string => {
  switch (state.kind) {
    case 'waiting':
      return `; try ${String(state.attempt)} follows ${inMs(state.nextTryAtMs, nowMs)}`
    case 'evicted':
      return state.untilMs === null
        ? '; it waits for a place'
        : `; the next try is ${inMs(state.untilMs, nowMs)}: does another program use the account?`
    case 'halted':
      return '; it does not try again by itself: mend that, then start it again'
    default:
      return ''
  }
}

/** A frequency's word has changed. */
export const stateLine = (
  name: string,
  state: StreamState,
  { staleMs, nowMs }: { readonly staleMs: number; readonly nowMs: number },
): Line => {
  const { word, link, channels, refused, pace, reason } = state
  const rest = (): string => {
    switch (word) {
      case 'stopped':
        return link.kind === 'closed' ? ': its link is closed' : '; start() takes it up again'
      case 'halted':
      case 'evicted':
        return `${causeOf(link)}${nextOf(link, nowMs)}`
      case 'recovering':
      case 'connecting':
        return link.kind === 'live' ? ': its channels are asked for' : `${causeOf(link)}${nextOf(link, nowMs)}`
      case 'refused':
        return `: the vendor gives it none of ${listOf(refused)}; it is asked again; does the plan of the key have them?`
      case 'quarantined':
        return ': its operators threw too often; its events are dead letters until they are tried again, by themselves'
      case 'stale':
        return `: no event for ${span(staleMs)} though the market is open; do others have events of the vendor?`
      case 'quiet':
        return pace === 'closedMarket' ? ': the market is closed' : ''
      case 'live':
        return channels === 'partlyRefused' || state.isOverBudget === true ? `; ${reason ?? ''}` : ''
    }
  }
  // Who has no place by the plan has been told of by the plan.
  const isPlanned = link.kind === 'evicted' && link.cause._tag === 'noBudget'
  return { level: isPlanned ? 'info' : levels[word], text: `${name} is ${word}${rest()}` }
}

/** A link's state has changed. On the way to a session it is worth no line: what it leads to is. */
export const linkLine = (id: string, state: LinkState, nowMs: number): Line => {
  const text = `link ${id} is ${state.kind}${causeOf(state)}${nextOf(state, nowMs)}`
  switch (state.kind) {
    case 'halted':
      return { level: 'error', text }
    case 'waiting':
    case 'evicted':
      return { level: 'warn', text }
    case 'idle':
    case 'connecting':
    case 'authenticating':
      return { level: 'debug', text }
    default:
      return { level: 'info', text }
  }
}

/** A gap has opened or closed, or another provider takes over in it. */
export const gapLine = (
  { frequency, fromMs, toMs, cause }: Gap,
  { isNew, isAskedFor }: { readonly isNew: boolean; readonly isAskedFor: boolean },
): Line => {
  const asked = isAskedFor ? 'asked for' : 'not asked for: no onGap'
  if (toMs !== undefined) {
    const text = `${frequency} has its channels again after a gap of ${span(toMs - fromMs)}; what it missed is ${asked}`
    return { level: 'info', text }
  }
  return {
    level: 'warn',
    text: isNew
      ? `${frequency} may miss events from ${clockTime(fromMs)} on: ${cause.message}`
      : `${frequency} goes to another provider within its gap`,
  }
}

const whyDead: Readonly<Record<DeadLetter['reason'], string>> = {
  threw: 'its operators threw',
  refused: 'its operators had no use for it',
  quarantined: 'its operators are quarantined',
  notAnEvent: 'what its operators made of it is no event',
  backfill: 'its backfill failed',
}

export const deadLetterText = (name: string, reason: DeadLetter['reason']): string =>
  `${name} has a dead letter: ${whyDead[reason]}`

/** Says when the engine as a whole gets worse or better: at the looks of the health, so what comes and goes between two is one line. */
export const statusLines = (log: Logger): ((health: Health) => void) => {
  let before: Verdict | undefined
  return ({ status, reasons }) => {
    if (status === before) return
    const isFirst = before === undefined
    before = status
    if (status === 'ok') log.info({ status }, isFirst ? 'the engine is well' : 'the engine is well again')
    else {
      const more = reasons.length > 1 ? `; and ${count(reasons.length - 1, 'thing')} more` : ''
      log.warn(
        { status, reasons: reasons.slice(0, 10) },
        `the engine is ${status}: ${reasons[0] ?? 'for no reason'}${more}`,
      )
    }
  }
}
