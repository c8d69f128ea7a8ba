import { secret } from '../../streams/link/secret.ts'
import { wsSocket } from '../../streams/link/wsSocket.ts'
import type { Provider } from '../../streams/provider.ts'
import { simulate, type SimulateOptions, type Simulator } from '../simulator/index.ts'

/** Sockets that one engine may hold, unless the options say otherwise. */
const connectionsMax = 16

/** The address before the simulator has a port. */
const address = 'ws://simulator/stocks'

export interface SimulatedProvider extends Provider {
  /** The running simulator; undefined before the engine has started. */
  readonly simulator: () => Simulator | undefined
}

/**
 * A vendor of our own: a simulator in this process, on a loopback port of its own, spoken to over real sockets.
 *
 *     createEngine({ provider: simulated({ seed: 7 }), frequencies: [perSecond()] })
 *
 * Starts with the engine and closes after its last link. Takes the simulator's options; a wrong one is a RangeError of
 * `engine.start()`.
 */
export const simulated = (options: SimulateOptions = {}): SimulatedProvider => {
  const key = secret(options.key ?? 'simulated')
  let simulator: Simulator | undefined

  return {
    name: 'simulated',
    simulator: () => simulator,
    endpoint: ({ url = address, key: own, account = 'simulated' }) => ({
      url,
      key: own === undefined ? key : secret(own),
      account,
      // Accounts of the simulator may have limits of their own: then it is left to tell.
      ...(options.accounts === undefined ? { connectionsMax: options.connections ?? connectionsMax } : {}),
    }),
    openSocket: (url, socketOptions) =>
      wsSocket(url === address ? `${simulator?.url ?? 'ws://127.0.0.1:9'}/stocks` : url, socketOptions),
    start: async () => {
      // The vendor's limit is worth simulating for who asks for it: dedicated links are not to evict each other.
      simulator ??= await simulate({ connections: connectionsMax, ...options })
    },
    close: async () => {
      await simulator?.close()
    },
  }
}
