/** What is wrong in a timetable, and where. */
export class ChaosSpecError extends RangeError {
  readonly _tag = 'ChaosSpecError'
  /** Of the first character that is wrong, from 1. */
  readonly character: number
  readonly found: string

  constructor({
    character,
    found,
    problem,
  }: {
    readonly character: number
    readonly found: string
    readonly problem: string
  }) {
    super(`chaos, character ${character}, ${found === '' ? 'the end' : JSON.stringify(found.slice(0, 40))}: ${problem}`)
    this.name = 'ChaosSpecError'
    this.character = character
    this.found = found
  }
}

export interface Word {
  readonly text: string
  /** From 0. */
  readonly at: number
}

/** What a timer takes, about 24 days. */
export const timeMost = 2_147_483_647

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 }
const timeForm = /^(\d+(?:\.\d+)?)(ms|s|m|min|h)$/

export const isTime = (text: string): boolean => timeForm.test(text)

/** `5s..60s` is three words, and so is `5s .. 60s`. */
export const wordsOf = (text: string, at: number): readonly Word[] =>
  Array.from(text.matchAll(/@|\.\.|(?:(?!\.\.)[^\s@])+/g), (match) => ({ text: match[0], at: at + match.index }))

/** Reads the words of one entry from left to right. */
export const readerOf = (words: readonly Word[], endAt: number) => {
  let place = 0

  const refuse = (problem: string, word: Word | undefined = words[place]): never => {
    throw new ChaosSpecError({ character: (word?.at ?? endAt) + 1, found: word?.text ?? '', problem })
  }

  return {
    refuse,
    peek: (): string | undefined => words[place]?.text,
    word: (): Word | undefined => words[place],
    take: (): Word | undefined => words[place++],
    /** A time with its unit, above or from `least` on. */
    time: (what: string, least = 0): number => {
      const word = words[place]
      const [, figure, unit] = timeForm.exec(word?.text ?? '') ?? []
      if (figure === undefined || unit === undefined)
        return refuse(`expected ${what} with its unit, such as 5s, 200ms, 2m`)
      const ms = Math.round(Number(figure) * (unitMs[unit] ?? NaN))
      if (ms < least || ms > timeMost) return refuse(`expected ${what} from ${least} ms to 24 days`)
      place += 1
      return ms
    },
  }
}

export type Reader = ReturnType<typeof readerOf>
