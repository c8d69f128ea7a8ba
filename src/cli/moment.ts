import { tzOffset } from '@date-fns/tz'

import type { Option } from './options.ts'

const zone = 'America/New_York'

/** A moment as it was typed: a point in time, or a time of day in New York, to be read on some day. */
export type Moment =
  | { readonly kind: 'at'; readonly atMs: number; readonly typed: string }
  | { readonly kind: 'clock'; readonly ms: number; readonly typed: string }

const clockForm = /^(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?$/

const expected =
  'a time of day in New York, such as 09:30 or 09:30:15.250, a date with time and zone, such as 2013-10-07T09:30:00-04:00, or Unix milliseconds'

/** `09:30`, `2013-10-07T13:30:00Z`, `1381152600000`. */
export const moment = (said: { readonly help: string }): Option<Moment | undefined> => ({
  placeholder: 'TIME',
  ...said,
  fallback: undefined,
  read: (typed) => {
    const [, hours = '', minutes = '', seconds = '0', fraction = '0'] = clockForm.exec(typed) ?? []
    if (hours !== '') {
      const parts = [Number(hours), Number(minutes), Number(seconds), Number(fraction.padEnd(3, '0'))] as const
      const [h, m, s, ms] = parts
      return h > 24 || m > 59 || s > 59
        ? { expected }
        : { value: { kind: 'clock', ms: ((h * 60 + m) * 60 + s) * 1000 + ms, typed } }
    }
    if (/^\d{12,15}$/.test(typed)) return { value: { kind: 'at', atMs: Number(typed), typed } }
    // Without a zone it would be the machine's, which is nobody's.
    const isDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(?:Z|[+-]\d\d:?\d\d)$/.test(typed)
    const atMs = isDate ? Date.parse(typed) : NaN
    return Number.isNaN(atMs) ? { expected } : { value: { kind: 'at', atMs, typed } }
  },
})

const offsetMs = (atMs: number): number => tzOffset(zone, new Date(atMs)) * 60_000

/** Unix milliseconds; a time of day is that of the New York day of `onMs`. */
export const momentMs = (given: Moment, onMs: number): number => {
  if (given.kind === 'at') return given.atMs
  const localMs = onMs + offsetMs(onMs)
  const wantedMs = localMs - (localMs % 86_400_000) + given.ms
  // The offset of that hour: the clock may be changed on that day.
  const near = wantedMs - offsetMs(onMs)
  return wantedMs - offsetMs(near)
}

/** `2013-10-07 09:30:00.250`, in New York. */
export const newYorkText = (atMs: number): string =>
  new Date(atMs + offsetMs(atMs)).toISOString().replace('T', ' ').replace('Z', '')
