import type { LinkHealth, LinkMoment, LinkTimeline } from '../../../health.ts'
import { h, svg } from './dom.ts'
import { bytes, clock, duration, plural, rate } from '../../../../words.ts'

const hourMs = 3_600_000
const width = 1000

/** How a state of a link is drawn. */
const toneOf: Readonly<Record<LinkMoment['kind'], string>> = {
  idle: 'off',
  closed: 'off',
  connecting: 'degraded',
  authenticating: 'degraded',
  waiting: 'degraded',
  live: 'ok',
  evicted: 'down',
  halted: 'down',
}

/** What is shorter than this would not be seen. */
const leastWidth = 3

const bar = (moments: readonly LinkMoment[], nowMs: number): SVGElement => {
  const from = nowMs - hourMs
  const x = (ms: number): number => ((Math.max(ms, from) - from) / hourMs) * width
  const pieces = moments.map(({ atMs, kind, cause }, i) => {
    const until = moments[i + 1]?.atMs ?? nowMs
    const text = `${clock(atMs)} ${kind} for ${duration(Math.max(until - atMs, 0))}${cause === undefined ? '' : `: ${cause}`}`
    return { x: x(atMs), until: x(until), kind, text }
  })
  // The bad ones last, so that a loss of a second is seen in an hour.
  const order = (kind: LinkMoment['kind']): number => ['off', 'ok', 'degraded', 'down'].indexOf(toneOf[kind])
  const rects = [...pieces]
    .sort((a, b) => order(a.kind) - order(b.kind))
    .map((piece) =>
      svg(
        'rect',
        {
          class: toneOf[piece.kind],
          x: piece.x.toFixed(1),
          y: 0,
          width: Math.max(piece.until - piece.x, leastWidth).toFixed(1),
          height: 20,
        },
        svg('title', {}, piece.text),
      ),
    )
  const losses = moments.filter(({ kind }) => kind === 'waiting' || kind === 'evicted' || kind === 'halted').length
  const label = `the last hour: ${losses === 0 ? 'no loss' : plural(losses, 'loss', 'losses')}`
  return svg(
    'svg',
    {
      class: 'timeline',
      viewBox: `0 0 ${String(width)} 20`,
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': label,
    },
    ...rects,
  )
}

const facts = (link: LinkHealth, nowMs: number): string =>
  [
    `${link.state.kind} for ${duration(Math.max(nowMs - link.sinceMs, 0))}`,
    `${rate(link.framesPerSecond)} frames/s`,
    `${bytes(link.bytesPerSecond)}/s`,
    link.roundTripMs === undefined ? undefined : `round trip ${duration(link.roundTripMs)}`,
    link.nextTryMs === undefined ? undefined : `next try in ${duration(Math.max(link.nextTryMs - nowMs, 0))}`,
    link.attempts > 1 ? plural(link.attempts, 'attempt') : undefined,
    link.lost > 0 ? `lost ${plural(link.lost, 'time')}` : undefined,
  ]
    .filter((fact) => fact !== undefined)
    .join(' · ')

/** Every link: what it is, who is on it, and its last hour. */
export const linkRows = (
  links: readonly LinkHealth[],
  timelines: readonly LinkTimeline[],
  nowMs: number,
): readonly HTMLElement[] =>
  links.map((link) => {
    const moments = timelines.find((timeline) => timeline.link === link.id)?.moments ?? []
    const { lastCause } = link
    return h(
      'article',
      { class: `link ${toneOf[link.state.kind]}` },
      h('h3', {}, link.host, h('small', {}, ` ${link.id} · account ${link.account}`)),
      h('p', {}, link.frequencies.length === 0 ? 'no frequency is on it' : `carries ${link.frequencies.join(', ')}`),
      bar(moments, nowMs),
      h('p', { class: 'facts' }, facts(link, nowMs)),
      lastCause === undefined
        ? undefined
        : h('p', { class: 'facts' }, `last loss ${clock(lastCause.atMs)}: ${lastCause.message}`),
    )
  })

/** The moments as the engine's health tells them, between two looks at the whole story. */
export const withNow = (timelines: readonly LinkTimeline[], links: readonly LinkHealth[]): readonly LinkTimeline[] =>
  links.map((link) => {
    const known = timelines.find((timeline) => timeline.link === link.id)
    const moments = known?.moments ?? []
    const isNews = moments.at(-1)?.kind !== link.state.kind
    const cause = 'cause' in link.state ? { cause: link.state.cause.message } : {}
    return {
      link: link.id,
      frequencies: link.frequencies,
      moments: isNews ? [...moments, { atMs: link.sinceMs, kind: link.state.kind, ...cause }] : moments,
    }
  })
