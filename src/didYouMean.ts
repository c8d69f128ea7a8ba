import { distance } from 'fastest-levenshtein'

/** The word that was probably meant: at most two edits away, and fewer than it has letters. */
export const nearestWord = (word: string, words: readonly string[]): string | undefined =>
  words
    .map((other) => ({ other, edits: distance(word, other) }))
    .filter(({ other, edits }) => edits <= 2 && edits < other.length)
    .sort((a, b) => a.edits - b.edits)[0]?.other

/**
 * `; did you mean --rate?`, or nothing where no word is near.
 *
 * `prefix` is put before the word and not compared.
 */
export const didYouMean = (word: string, words: readonly string[], prefix = ''): string => {
  const best = nearestWord(word, words)

  return best === undefined ? '' : `; did you mean ${prefix}${best}?`
}
