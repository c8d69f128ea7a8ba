import type { Provider } from '../../streams/provider.ts'
import type { Logger } from '../ops/logger.ts'

/** The providers of an engine: each is started once before its first link, and closed once after its last. */
export interface Providers {
  /**
   * Starts those that have not been. Undefined where there is nothing to wait for: virtual time does not drive promises. Rejects with what
   * one of them fails with; those that had been started with it are closed again.
   */
  readonly start: (providers: Iterable<Provider>) => Promise<void> | undefined
  /** Whether it was closed: it cannot be had again. */
  readonly isClosed: (provider: Provider) => boolean
  /** Only these are needed from now on; others are closed when no link of theirs is left. */
  readonly need: (providers: Iterable<Provider>) => void
  /** A link is gone. */
  readonly settle: () => void
  /** Closes all that there are, when what is starting has started. */
  readonly close: () => Promise<void>
}

export interface ProvidersOptions {
  /** Whether it has links. */
  readonly isUsed: (provider: Provider) => boolean
  readonly logger: Logger
}

export const createProviders = ({ isUsed, logger }: ProvidersOptions): Providers => {
  const open = new Set<Provider>()
  const closed = new Set<Provider>()
  const closing = new Set<Promise<void>>()
  let needed: ReadonlySet<Provider> = new Set()
  let starting: Promise<void> | undefined

  const close = async (provider: Provider): Promise<void> => {
    open.delete(provider)
    if (provider.close !== undefined) closed.add(provider)
    try {
      await provider.close?.()
    } catch (error) {
      logger.error({ provider: provider.name, err: error }, `${provider.name} failed while it was closed`)
    }
  }

  const startAll = async (providers: readonly Provider[]): Promise<void> => {
    const begun: Provider[] = []
    try {
      for (const provider of providers) {
        begun.push(provider)
        await provider.start?.()
        open.add(provider)
      }
    } catch (error) {
      for (const provider of begun) await close(provider)
      throw error
    }
  }

  return {
    start: (providers) => {
      const others = [...new Set(providers)].filter((provider) => !open.has(provider))
      if (others.every((provider) => provider.start === undefined)) {
        for (const provider of others) open.add(provider)
        return undefined
      }
      return (starting = startAll(others))
    },
    isClosed: (provider) => closed.has(provider),
    need: (providers) => {
      needed = new Set(providers)
    },
    settle: () => {
      for (const provider of open) {
        if (needed.has(provider) || isUsed(provider)) continue
        const done = close(provider).finally(() => closing.delete(done))
        closing.add(done)
      }
    },
    close: async () => {
      // One that is still starting is waited for, or what it opens then would stay.
      await starting?.catch(() => undefined)
      const left = [...new Set([...open, ...needed])].filter((provider) => !closed.has(provider))
      await Promise.all([...closing, ...left.map(close)])
    },
  }
}
