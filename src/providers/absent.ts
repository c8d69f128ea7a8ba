import { concat, defer, of, Subject } from 'rxjs'

import { secret } from '../../streams/link/secret.ts'
import type { OpenSocket, Socket, SocketSignal } from '../../streams/link/socket.ts'
import type { Provider } from '../../streams/provider.ts'

const frameOf = (status: string, message: string): SocketSignal => ({
  kind: 'frame',
  bytes: Buffer.from(JSON.stringify([{ ev: 'status', status, message }])),
})

/** Lets everybody in, and refuses every key with the reason. Nothing is opened. */
const refusing =
  (reason: string): OpenSocket =>
  (): Socket => {
    const answer$ = new Subject<SocketSignal>()
    const end = (code: number): void => {
      answer$.next({ kind: 'closed', code, reason: '' })
      answer$.complete()
    }
    const greeting: readonly SocketSignal[] = [{ kind: 'open' }, frameOf('connected', 'nobody is here')]

    return {
      signal$: defer(() => concat(of(...greeting), answer$)),
      send: () => {
        answer$.next(frameOf('auth_failed', reason))
        end(1005)
      },
      ping: () => {},
      pause: () => {},
      resume: () => {},
      close: (code = 1000) => {
        end(code)
      },
      terminate: () => {
        end(1006)
      },
    }
  }

/**
 * Where a frequency comes from that cannot be had, so that it is seen: it is `halted` with the reason, and counts for nobody's sockets.
 *
 *     absent('fair_market_value needs a Business key')
 */
export const absent = (reason: string): Provider => ({
  name: 'absent',
  endpoint: ({ frequency }) => ({ url: `ws://absent/${frequency}`, key: secret('absent'), account: 'absent' }),
  openSocket: refusing(reason),
})
