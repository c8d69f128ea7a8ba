/**
 * Makes a value of source text; `given` is what it may refer to. The one place that makes code of text: where that is forbidden
 * (`--disallow-code-generation-from-strings`) the answer is nothing, and whoever asks does the same without.
 */
export const compile = (source: string, given: Readonly<Record<string, unknown>>): unknown => {
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    const make = new Function(...Object.keys(given), `'use strict'\n${source}`) as (
      ...values: readonly unknown[]
    ) => unknown
    return make(...Object.values(given))
  } catch (error) {
    if (error instanceof EvalError) return undefined
    throw error
  }
}
