import { Subject } from 'rxjs'

const status = (word, message) => `{"ev":"status","status":"${word}","message":"${message}"}`

/** A vendor without a network: `feed` hands frames over as a socket would. */
export const fakeVendor = () => {
  const signal$ = new Subject()
  const say = (elements) => signal$.next({ kind: 'frame', bytes: Buffer.from(`[${elements}]`) })
  const openSocket = () => {
    process.nextTick(() => {
      signal$.next({ kind: 'open' })
      say([status('connected', 'Connected Successfully')])
    })
    return {
      signal$,
      send: (text) => {
        const { action, params } = JSON.parse(text)
        process.nextTick(() => {
          if (action === 'auth') say([status('auth_success', 'authenticated')])
          else say(params.split(',').map((pair) => status('success', `${action}d to: ${pair}`)))
        })
      },
      ping: () => signal$.next({ kind: 'pong' }),
      pause: () => {},
      resume: () => {},
      close: () => signal$.next({ kind: 'closed', code: 1000, reason: '' }),
      terminate: () => signal$.next({ kind: 'closed', code: 1006, reason: '' }),
    }
  }
  return { openSocket, feed: (bytes) => signal$.next({ kind: 'frame', bytes }) }
}
