import type { Name } from './scenario.ts'
import type { World } from './world.ts'

/** What holds at every moment between two steps. */
export const look = (world: World): void => {
  const { engine, books, actors, fail } = world
  const ledger = engine.ledger()
  try {
    ledger.assertBalanced()
  } catch (error) {
    fail(String(error))
  }
  books.judge(ledger.rows)
  for (const { kind, name, figures } of ledger.rows) {
    if ((figures.inHand ?? 0) !== 0) fail(`${kind} ${name} holds ${String(figures.inHand)} in hand between two moments`)
    if (kind !== 'lane') continue
    const [frequency, type] = name.split('/') as [Name, string]
    const { limit } = world.setup.frequencies[frequency]
    const out = books.offsetOf(frequency, type)
    if (figures.emitted !== out)
      fail(`lane ${name} was handed ${String(figures.emitted)} events, ${String(out)} came out`)
    if ((figures.retained ?? 0) > limit)
      fail(`lane ${name} retains ${String(figures.retained)}, above its limit ${String(limit)}`)
  }
  for (const { reader } of actors) reader.check()
}
