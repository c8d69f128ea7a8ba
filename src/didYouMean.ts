/** Edits between two words: letters put in, left out or changed. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)

  for (let i = 1; i <= a.length; i += 1) {
    const above = row
    row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (above[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(changed, (above[j] as number) + 1, (row[j - 1] as number) + 1))
    }
  }

  return row[b.length] as number
}

/**
 * `; did you mean --rate?`, or nothing where no word is near: at most two edits, and fewer than the word has letters.
 *
 * `prefix` is put before the word and not compared.
 */
export const didYouMean = (word: string, words: readonly string[], prefix = ''): string => {
  const [best] = words
    .map((other) => ({ other, edits: distance(word, other) }))
    .filter(({ other, edits }) => edits <= 2 && edits < other.length)
    .sort((a, b) => a.edits - b.edits)

  return best === undefined ? '' : `; did you mean ${prefix}${best.other}?`
}
