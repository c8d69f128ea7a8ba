/** Something that two wishes wanted otherwise, how it was settled, and why. */
export interface Decision {
  readonly reason:
    'reported' | 'priority_override' | 'priority_kept' | 'listed_first' | 'wildcard' | 'wildcard_kept' | 'repeated'
  readonly ticker?: string
  /** The frequency that does not have it any more, or would have had it. */
  readonly from?: string
  /** The frequency that has it. */
  readonly to?: string
  /** For people. */
  readonly sentence: string
}

/** What a frequency wants, while tickers are shared out. */
export interface Claim {
  readonly name: string
  readonly tickers: '*' | readonly string[]
  /** Smaller comes first; 999 for who does not say. */
  readonly priority: number
}

export interface SharedOut {
  readonly claims: readonly Claim[]
  readonly decisions: readonly Decision[]
}

/** `*` beside names has them already; a name twice is one. */
export const settledTickers = (
  name: string,
  tickers: '*' | readonly string[],
): { readonly tickers: '*' | readonly string[]; readonly decisions: readonly Decision[] } => {
  if (tickers === '*') return { tickers, decisions: [] }
  if (tickers.includes('*')) {
    const others = [...new Set(tickers.filter((ticker) => ticker !== '*'))]
    return {
      tickers: '*',
      decisions:
        others.length === 0
          ? []
          : [
              {
                reason: 'wildcard',
                to: name,
                sentence: `${name}: * is every ticker, ${listed(others)} among them`,
              },
            ],
    }
  }
  const unique = [...new Set(tickers)]
  const repeated = [...new Set(tickers.filter((ticker, i) => tickers.indexOf(ticker) !== i))]
  return {
    tickers: unique,
    decisions:
      repeated.length === 0
        ? []
        : [{ reason: 'repeated', to: name, sentence: `${name}: ${listed(repeated)} stands there more than once` }],
  }
}

const shownMax = 10
export const listed = (names: readonly string[]): string =>
  names.length <= shownMax
    ? names.join(', ')
    : `${names.slice(0, shownMax).join(', ')} and ${names.length - shownMax} more`

const together = (names: readonly string[]): string =>
  names.length === 1 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`

/** Tickers that several frequencies have: allowed, since they are different products, and said. */
export const reported = (claims: readonly Claim[]): readonly Decision[] => {
  const all = claims.filter(({ tickers }) => tickers === '*').map(({ name }) => name)
  const some = claims.filter(({ tickers }) => tickers !== '*' && tickers.length > 0)
  const everything: readonly Decision[] =
    all.length < 2 ? [] : [{ reason: 'reported', to: all[0] ?? '', sentence: `${together(all)} have every ticker` }]
  const within =
    all.length === 0
      ? []
      : some.map(({ name, tickers }): Decision => {
          return {
            reason: 'reported',
            from: name,
            to: all[0] ?? '',
            sentence: `${together(all)} ${all.length === 1 ? 'has' : 'have'} every ticker, and so those of ${name}: ${listed(tickers as readonly string[])}`,
          }
        })
  const pairs = some.flatMap((a, i) => some.slice(i + 1).map((b) => [a, b] as const))
  const shared = pairs.flatMap(([a, b]): readonly Decision[] => {
    const other = new Set(b.tickers)
    const both = (a.tickers as readonly string[]).filter((ticker) => other.has(ticker))
    return both.length === 0
      ? []
      : [
          {
            reason: 'reported',
            from: b.name,
            to: a.name,
            sentence: `${a.name} and ${b.name} both have ${listed(both)}`,
          },
        ]
  })
  return [...everything, ...within, ...shared]
}

/**
 * The rule of Sprint 100: in the order of the file a ticker belongs to the frequency of the smallest priority, and to the first of
 * equals. A wildcard cannot be taken apart on the wire: it stays as it is, and takes nothing from others.
 */
export const byPriority = (claims: readonly Claim[]): SharedOut => {
  const owners = new Map<string, Claim>()
  const decisions: Decision[] = []
  for (const claim of claims) {
    if (claim.tickers === '*') {
      decisions.push({
        reason: 'wildcard_kept',
        to: claim.name,
        sentence: `${claim.name} has every ticker: nothing is taken out of *, and nothing from others for it`,
      })
      continue
    }
    for (const ticker of claim.tickers) {
      const owner = owners.get(ticker)
      if (owner === undefined) owners.set(ticker, claim)
      else decisions.push(decided(ticker, owner, claim, owners))
    }
  }
  if (claims.length < 2) return { claims, decisions: [] }
  return {
    claims: claims.map((claim) =>
      claim.tickers === '*'
        ? claim
        : { ...claim, tickers: claim.tickers.filter((ticker) => owners.get(ticker) === claim) },
    ),
    decisions,
  }
}

const decided = (ticker: string, owner: Claim, next: Claim, owners: Map<string, Claim>): Decision => {
  if (next.priority < owner.priority) {
    owners.set(ticker, next)
    return {
      reason: 'priority_override',
      ticker,
      from: owner.name,
      to: next.name,
      sentence: `${ticker} goes from ${owner.name} to ${next.name}: priority ${next.priority} comes before ${owner.priority}`,
    }
  }
  const isEqual = next.priority === owner.priority
  return {
    reason: isEqual ? 'listed_first' : 'priority_kept',
    ticker,
    from: next.name,
    to: owner.name,
    sentence: isEqual
      ? `${ticker} stays with ${owner.name}, not ${next.name}: both have priority ${owner.priority}, and the first of equals keeps it`
      : `${ticker} stays with ${owner.name}, not ${next.name}: priority ${owner.priority} comes before ${next.priority}`,
  }
}
