import type { Provider } from '../../streams/provider.ts'
import type { Ground } from './plan.ts'

/**
 * Who stands for whom in plans. A provider that another one of its kind takes the place of, the same but for its options, goes on
 * in its name: so links whose address and key are the same stay, and its account's connections are counted on.
 *
 *     before   polygon (key A)            after   polygon (key B)      stands as the first polygon
 *              simulated                          another simulated    stands for itself: it has a market of its own to start
 *
 * Pure. Of a kind are two of one name that open sockets in the same way and have nothing to start or close.
 */
export const standIns = (
  standIn: Ground['standIn'],
  before: readonly Provider[],
  after: readonly Provider[],
): Ground['standIn'] => {
  const known = new Map(after.filter((provider) => before.includes(provider)).map((one) => [one, standIn(one)]))
  const free = before.filter((provider) => !after.includes(provider))

  for (const provider of after) {
    if (known.has(provider)) continue
    const at = free.findIndex((former) => isOfAKind(former, provider))
    const [former] = at === -1 ? [] : free.splice(at, 1)
    known.set(provider, former === undefined ? provider : standIn(former))
  }

  return (provider) => known.get(provider) ?? provider
}

const isOfAKind = (a: Provider, b: Provider): boolean =>
  a.name === b.name &&
  a.openSocket === b.openSocket &&
  [a, b].every((one) => one.start === undefined && one.close === undefined)
