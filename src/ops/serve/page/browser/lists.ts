import type { Trouble, Troubles } from './troubles.ts'
import { h } from './dom.ts'
import { clock, count } from '../../../../words.ts'

const item = ({ atMs, text, detail }: Trouble): HTMLElement =>
  h(
    'li',
    {},
    atMs === undefined ? undefined : h('time', {}, `${clock(atMs)} `),
    text,
    detail === undefined || detail === '' ? undefined : h('code', {}, detail),
  )

const list = (title: string, total: number, troubles: readonly Trouble[], isOpen: boolean): HTMLElement =>
  h(
    'details',
    { open: isOpen },
    h('summary', {}, `${title} `, h('b', {}, count(total))),
    troubles.length === 0
      ? h('p', {}, total === 0 ? 'None since the engine started.' : 'None of the newest are kept.')
      : h('ol', {}, ...troubles.map(item)),
    total > troubles.length && troubles.length > 0
      ? h('p', {}, `The newest ${count(troubles.length)} of ${count(total)}.`)
      : undefined,
  )

/** Gaps, rejects and dead letters. What was open before stays open. */
export const troubleLists = (
  troubles: Troubles,
  totals: { readonly gaps: number; readonly rejects: number; readonly deadLetters: number },
  before: Element,
): readonly HTMLElement[] => {
  const wasOpen = [...before.querySelectorAll('details')].map(({ open }) => open)
  return [
    list('Gaps', totals.gaps, troubles.gaps, wasOpen[0] ?? false),
    list('Rejects', totals.rejects, troubles.rejects, wasOpen[1] ?? false),
    list('Dead letters', totals.deadLetters, troubles.deadLetters, wasOpen[2] ?? false),
  ]
}
