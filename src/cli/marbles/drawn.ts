/** Letters that stand at one moment. */
export interface Mark {
  readonly frame: number
  readonly letters: readonly string[]
}

const letterRanges = [
  ['a', 26],
  ['A', 26],
  ['α', 17],
  ['σ', 7],
  ['а', 32],
  ['А', 32],
  // More than anybody reads; but they are single characters.
  ['一', 20_000],
] as const

/** The letter with this number, from 0: `a` to `z`, `A` to `Z`, and other alphabets behind them. */
export const letterAt = (number: number): string => {
  let left = number
  for (const [first, count] of letterRanges) {
    if (left < count) return String.fromCodePoint((first.codePointAt(0) ?? 0) + left)
    left -= count
  }
  throw new RangeError(`there are not so many letters: ${String(number)}`)
}

/** How many milliseconds the letters of one moment take in a diagram. */
export const widthOf = (letters: number): number => (letters === 1 ? 1 : letters + 2)

/** A wait of up to so many milliseconds is dashes. */
const dashesMax = 12

/** Marks as a diagram, in the order of their moments, each behind the width of the one before. */
export const drawn = (marks: readonly Mark[], end = ''): string => {
  let text = ''
  let at = 0
  for (const { frame, letters } of marks) {
    const wait = frame - at
    text += wait > dashesMax ? ` ${String(wait)}ms ` : '-'.repeat(wait)
    text += letters.length === 1 ? (letters[0] ?? '') : `(${letters.join('')})`
    at = frame + widthOf(letters.length)
  }
  return `${text}${end}`
}
