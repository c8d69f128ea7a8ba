import { frequencySpellings } from './words.ts'

/** Other spellings of keys in the JSON files of the reference, by the path of the object that has them. */
export const spellingsAt = (path: string): Readonly<Record<string, string>> => {
  if (path === 'subscriptions' || path.endsWith('frequency_based_buffering')) return frequencySpellings
  return /^subscriptions\.\w+$/.test(path) ? { symbols: 'tickers' } : {}
}
