import type { Caller } from './selector.ts'

/** What is refused from now on. The servers ask with each key and each pair. */
export interface Rules {
  refusesKey(caller: Caller): boolean
  /** `pair` is `T.GME`. */
  refusesPair(caller: Caller, pair: string): boolean
  addKeyRule(rule: (caller: Caller) => boolean): () => void
  addPairRule(rule: (caller: Caller, pair: string) => boolean): () => void
}

/** Holds the rules that have not been lifted; each `add` returns what lifts it. */
export const createRules = (): Rules => {
  const keyRules = new Set<(caller: Caller) => boolean>()
  const pairRules = new Set<(caller: Caller, pair: string) => boolean>()

  const add = <R>(rules: Set<R>, rule: R): (() => void) => {
    rules.add(rule)
    return () => {
      rules.delete(rule)
    }
  }

  return {
    refusesKey: (caller) => [...keyRules].some((refuses) => refuses(caller)),
    refusesPair: (caller, pair) => [...pairRules].some((refuses) => refuses(caller, pair)),
    addKeyRule: (rule) => add(keyRules, rule),
    addPairRule: (rule) => add(pairRules, rule),
  }
}
