/**
 * Goal: whatever the order of wishes, answers, refusals and silence, the held set ends as the wanted set less what is refused.
 *
 * Method: the machine alone for each rule of the protocol; then random wishes against a model of the vendor's server, whose
 * answers come late, in bursts and around limits that pass; then against one that also loses answers, changes its mind and hangs up.
 */
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { subscriptions, type Subscriptions } from '../streams/link/subscriptions.ts'
import type { Status } from '../streams/model.ts'

const status = (status: string, message?: string): Status => ({
  ev: 'status',
  status,
  ...(message !== undefined && { message }),
})
const held = (channel: string) => status('success', `subscribed to: ${channel}`)
const gone = (channel: string) => status('success', `unsubscribed to: ${channel}`)
const refusal = status('error', 'not authorized')

const machine = (wanted: readonly string[], channelsPerMessage = 400): Subscriptions => {
  const made = subscriptions({ channelsPerMessage })

  made.want(new Set(wanted))

  return made
}

const sorted = (channels: Iterable<string>) => [...channels].sort()
const shown = (made: Subscriptions) => {
  const { pending, held, refused } = made.channels()

  return { pending: sorted(pending), held: sorted(held), refused: sorted(refused) }
}

describe('subscriptions', () => {
  it('asks for all in one message and holds what is answered, spaces aside', () => {
    const made = machine(['T.A', 'AM.*'])

    expect(made.next()).toStrictEqual({ action: 'subscribe', params: 'T.A,AM.*' })
    expect(made.next()).toBeUndefined()
    expect(made.hear(held('T.A '))).toBe(true)
    expect(shown(made)).toStrictEqual({ pending: ['AM.*'], held: ['T.A'], refused: [] })
    made.hear(held('AM.*'))
    expect(made.isWaiting()).toBe(false)
    expect(made.next()).toBeUndefined()
  })

  it('cuts what is missing into messages, one in flight', () => {
    const made = machine(['T.A', 'T.B', 'T.C'], 2)

    expect(made.next()?.params).toBe('T.A,T.B')
    made.hear(held('T.A'))
    expect(made.next()).toBeUndefined()
    made.hear(held('T.B'))
    expect(made.next()?.params).toBe('T.C')
  })

  it('unsubscribes first', () => {
    const made = machine(['T.A'])

    made.next()
    made.hear(held('T.A'))
    made.want(new Set(['T.B']))
    expect(made.next()).toStrictEqual({ action: 'unsubscribe', params: 'T.A' })
    expect(shown(made)).toStrictEqual({ pending: ['T.B'], held: ['T.A'], refused: [] })
    made.hear(gone('T.A'))
    expect(made.next()).toStrictEqual({ action: 'subscribe', params: 'T.B' })
  })

  it.each([
    ['another success', status('success', 'Connected Successfully')],
    ['a success without words', status('success')],
    ['a status that is not known', status('brand_new', 'subscribed to: T.A')],
  ])('ignores %s', (_name, told) => {
    const made = machine(['T.A'])

    made.next()
    expect(made.hear(told)).toBe(false)
    expect(shown(made).pending).toStrictEqual(['T.A'])
  })

  it('refuses the one that is left after an error at once, whatever the order and number of errors', () => {
    const made = machine(['T.A', 'FMV.A', 'AM.A'])

    made.next()
    made.hear(refusal)
    made.hear(refusal)
    made.hear(held('T.A'))
    expect(shown(made).refused).toStrictEqual([])
    made.hear(held('AM.A'))
    expect(shown(made)).toStrictEqual({ pending: [], held: ['AM.A', 'T.A'], refused: ['FMV.A'] })
    expect(made.refusals()).toStrictEqual(new Map([['FMV.A', { cause: 'error', text: 'not authorized' }]]))
  })

  it('leaves several to the limit, and tells an error from silence', () => {
    const made = machine(['T.A', 'T.B'])

    made.next()
    made.hear(refusal)
    made.overdue()
    expect(shown(made).refused).toStrictEqual(['T.A', 'T.B'])
    expect(made.refusals().get('T.B')).toStrictEqual({ cause: 'error', text: 'not authorized' })

    const quiet = machine(['ZZ.A'])

    quiet.next()
    quiet.overdue()
    expect(quiet.refusals().get('ZZ.A')).toStrictEqual({ cause: 'silent' })
  })

  it('asks for a refused one again after it had left the wanted set, or in a new session', () => {
    const made = machine(['T.A'])

    made.next()
    made.hear(refusal)
    made.want(new Set(['T.A']))
    expect(made.next()).toBeUndefined()
    made.want(new Set())
    made.want(new Set(['T.A']))
    expect(made.next()?.params).toBe('T.A')
    made.hear(refusal)
    made.reset()
    expect(made.next()?.params).toBe('T.A')
  })

  it('believes an answer that comes after the limit', () => {
    const made = machine(['T.A'])

    made.next()
    made.overdue()
    made.hear(held('T.A'))
    expect(shown(made)).toStrictEqual({ pending: [], held: ['T.A'], refused: [] })
  })

  it.each([
    ['nobody confirmed the giving back', []],
    ['it was confirmed', [gone('T.A')]],
  ])('does not take an answer for held that comes after the channel was given back, where %s', (_name, confirmed) => {
    const made = machine(['T.A'])

    made.next()
    made.overdue()
    expect(made.next()).toStrictEqual({ action: 'unsubscribe', params: 'T.A' })
    for (const answer of confirmed) made.hear(answer)
    if (made.isWaiting()) made.overdue()

    made.hear(held('T.A'))
    expect(shown(made)).toStrictEqual({ pending: ['T.A'], held: [], refused: [] })
    expect(made.next()).toStrictEqual({ action: 'subscribe', params: 'T.A' })
    // The server says nothing to what it holds already.
    made.overdue()
    expect(shown(made).held).toStrictEqual(['T.A'])
  })

  it('gives back what was answered after it had left the wanted set', () => {
    const made = machine(['T.A', 'T.B'])

    made.next()
    made.want(new Set(['T.B', 'T.C']))
    expect(shown(made).pending).toStrictEqual(['T.A', 'T.B', 'T.C'])
    made.hear(held('T.A'))
    made.hear(held('T.B'))
    expect(made.next()).toStrictEqual({ action: 'unsubscribe', params: 'T.A' })
    made.hear(gone('T.A'))
    expect(made.next()).toStrictEqual({ action: 'subscribe', params: 'T.C' })
  })

  it('takes silence for held where an unsubscribe was never confirmed', () => {
    const made = machine(['T.A'])

    made.next()
    made.hear(held('T.A'))
    made.want(new Set())
    made.next()
    made.overdue()
    made.want(new Set(['T.A', 'T.B']))
    // In a message of its own, and last: silence takes the whole limit.
    expect(made.next()?.params).toBe('T.B')
    made.hear(held('T.B'))
    expect(made.next()?.params).toBe('T.A')
    made.overdue()
    expect(shown(made)).toStrictEqual({ pending: [], held: ['T.A', 'T.B'], refused: [] })
  })

  it('asks for a wildcard instead of its single tickers, and gives them its answer', () => {
    const made = machine(['T.A', 'T.BRK.B', 'T.*', 'AM.A'])

    expect(made.next()?.params).toBe('T.*,AM.A')
    made.hear(held('T.*'))
    expect(shown(made)).toStrictEqual({ pending: ['AM.A'], held: ['T.*', 'T.A', 'T.BRK.B'], refused: [] })
  })

  it('goes from wide to narrow and back without ever asking for both', () => {
    const made = machine(['T.*', 'T.A'])

    made.next()
    made.hear(held('T.*'))
    made.want(new Set(['T.A']))
    expect(made.next()).toStrictEqual({ action: 'unsubscribe', params: 'T.*' })
    made.hear(gone('T.*'))
    expect(made.next()).toStrictEqual({ action: 'subscribe', params: 'T.A' })
    made.hear(held('T.A'))
    made.want(new Set(['T.A', 'T.*']))
    expect(made.next()).toStrictEqual({ action: 'unsubscribe', params: 'T.A' })
    made.hear(gone('T.A'))
    expect(made.next()).toStrictEqual({ action: 'subscribe', params: 'T.*' })
  })

  it('asks for the single tickers when their wildcard is refused', () => {
    const made = machine(['T.*', 'T.A'])

    made.next()
    made.hear(refusal)
    expect(shown(made)).toStrictEqual({ pending: ['T.A'], held: [], refused: ['T.*'] })
    expect(made.next()?.params).toBe('T.A')
  })

  it('asks for each refused one again in a message of its own, after all else, and shows it as refused meanwhile', () => {
    const made = machine(['T.A', 'T.B', 'T.C'])

    made.next()
    made.hear(refusal)
    made.hear(held('T.A'))
    made.overdue()
    // Nobody said which of the two was meant: what the server may hold is given back.
    expect(made.next()).toStrictEqual({ action: 'unsubscribe', params: 'T.B,T.C' })
    made.hear(gone('T.C'))
    made.overdue()
    expect(made.next()).toBeUndefined()

    made.askAgain()
    made.want(new Set(['T.A', 'T.B', 'T.C', 'T.D']))
    expect(made.next()?.params).toBe('T.D')
    made.hear(held('T.D'))
    expect(made.next()?.params).toBe('T.B')
    expect(made.isPartial()).toBe(true)
    expect(shown(made)).toStrictEqual({ pending: [], held: ['T.A', 'T.D'], refused: ['T.B', 'T.C'] })
    made.hear(refusal)
    expect(made.isAskingAgain()).toBe(true)
    expect(made.next()?.params).toBe('T.C')
    made.hear(held('T.C'))
    expect(made.isAskingAgain()).toBe(false)
    expect(shown(made)).toStrictEqual({ pending: [], held: ['T.A', 'T.C', 'T.D'], refused: ['T.B'] })
    expect(made.hasRefused()).toBe(true)
  })

  it('forgets in a round what is no longer wanted, and leaves out a wildcard whose single tickers are asked for', () => {
    const made = machine(['T.*', 'T.A', 'Q.A'])

    made.next()
    made.overdue()
    made.next()
    made.overdue()
    made.next()
    made.hear(held('T.A'))
    expect(shown(made)).toStrictEqual({ pending: [], held: ['T.A'], refused: ['Q.A', 'T.*'] })
    made.askAgain()
    made.want(new Set(['T.*', 'T.A']))
    expect(made.next()).toBeUndefined()
    expect(made.isAskingAgain()).toBe(false)
  })

  it('is over with a round when what was still due is no longer wanted', () => {
    const made = machine(['T.A', 'T.B', 'T.C'])

    made.next()
    made.hear(refusal)
    made.overdue()
    made.askAgain()
    while (made.next()?.action === 'unsubscribe') made.overdue()
    made.want(new Set(['T.A']))
    expect(made.isAskingAgain()).toBe(true)
    made.hear(refusal)

    expect(made.isAskingAgain()).toBe(false)
    expect(shown(made).refused).toStrictEqual(['T.A'])
  })

  it('asks for event types that are refused after all others, in this session and the next', () => {
    const made = machine(['Q.A', 'Q.B', 'Q.C', 'Q.D', 'AM.A', 'AM.B', 'T.A'], 2)
    const asked: string[] = []
    const talk = (): void => {
      for (let message = made.next(); message !== undefined; message = made.next()) {
        asked.push(`${message.action} ${message.params}`)
        for (const channel of message.params.split(',')) if (!channel.startsWith('Q.')) made.hear(held(channel))
        if (made.isWaiting()) {
          made.hear(refusal)
          made.overdue()
        }
      }
    }

    talk()
    expect(asked).toStrictEqual([
      'subscribe Q.A,Q.B',
      'subscribe AM.A,AM.B',
      'subscribe T.A',
      'unsubscribe Q.A,Q.B',
      'subscribe Q.C,Q.D',
      'unsubscribe Q.C,Q.D',
    ])

    made.reset()
    asked.length = 0
    talk()
    expect(asked.slice(0, 3)).toStrictEqual(['subscribe AM.A,AM.B', 'subscribe T.A', 'subscribe Q.A,Q.B'])

    // What is accepted again is one of them again.
    made.reset()
    for (let message = made.next(); message !== undefined; message = made.next())
      for (const channel of message.params.split(',')) made.hear(held(channel))
    made.reset()
    expect(made.next()?.params).toBe('Q.A,Q.B')
  })

  it('refuses a message size that is none', () => {
    expect(() => subscriptions({ channelsPerMessage: 0 })).toThrow(RangeError)
  })
})

const names: readonly string[] = ['T.A', 'T.B', 'T.*', 'AM.A', 'AM.*', 'Q.A', 'Q.*', 'ZZ.A', 'ZZ.B', 'FMV.A']

/** The vendor: holds `T` and `AM`, refuses `Q` and `FMV`, says nothing to `ZZ`, nor to what it holds already. */
const server = () => {
  const held = new Set<string>()
  const outbox: Status[] = []

  return {
    held,
    outbox,
    receive: (action: string, params: string): void => {
      const errors: Status[] = []
      const acks: Status[] = []

      for (const channel of params.split(',')) {
        if (action === 'unsubscribe') {
          if (held.delete(channel)) acks.push(gone(channel))
        } else if (/^(?:Q|FMV)\./.test(channel)) errors.push(refusal)
        else if (!channel.startsWith('ZZ') && !held.has(channel)) {
          held.add(channel)
          acks.push({ ...status('success', `subscribed to: ${channel} `) })
        }
      }
      // Errors have been seen ahead of the other answers.
      outbox.push(...errors, ...acks)
    },
  }
}

type Step = { readonly want: readonly string[] } | { readonly answers: number } | 'limit' | 'ask'

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ want: fc.subarray([...names]) }),
  fc.record({ answers: fc.integer({ min: 1, max: 6 }) }),
  fc.constant('ask' as const),
  // Rarer: a limit that passes while the answers are only late.
  { arbitrary: fc.constant('limit' as const), weight: 1 },
)

describe('subscriptions against a server', () => {
  it('hold in the end what is wanted less what is refused, with one message in flight at any time', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.subarray([...names]),
        fc.integer({ min: 1, max: 4 }),
        (steps, last, size) => {
          const made = subscriptions({ channelsPerMessage: size })
          const { held: serverHeld, outbox, receive } = server()
          let wanted: readonly string[] = []
          let asked: string[] = []

          const ask = (): boolean => {
            const wasWaiting = made.isWaiting()
            const message = made.next()

            if (message === undefined) return false
            expect(wasWaiting).toBe(false)
            asked = message.params.split(',')
            expect(asked.length).toBeLessThanOrEqual(size)
            expect(new Set(asked).size).toBe(asked.length)
            receive(message.action, message.params)

            return true
          }
          const answer = (): boolean => {
            const told = outbox.shift()

            if (told !== undefined) made.hear(told)

            return told !== undefined
          }
          const want = (channels: readonly string[]): void => {
            wanted = channels
            made.want(new Set(channels))
          }

          for (const one of steps) {
            if (one === 'ask') ask()
            else if (one === 'limit') made.overdue()
            else if ('want' in one) want(one.want)
            else for (let count = 0; count < one.answers; count += 1) answer()

            const { pending, held, refused } = made.channels()

            // Each wanted channel is in exactly one of the three.
            for (const channel of wanted)
              expect([pending, held, refused].filter((set) => set.has(channel))).toHaveLength(1)
          }

          want(last)
          let turns = 0

          for (; turns < 200; turns += 1) {
            if (answer() || ask()) continue
            if (!made.isWaiting()) break
            made.overdue()
          }
          expect(turns).toBeLessThan(200)

          const { pending, held, refused } = made.channels()
          const isKnown = (channel: string) => /^(?:T|AM)\./.test(channel)
          const isCovered = (channel: string) => channel.endsWith('.A') || channel.endsWith('.B')
          const asks = last.filter((channel) => !(isCovered(channel) && last.includes(`${channel.split('.')[0]}.*`)))

          expect([...pending]).toStrictEqual([])
          expect(sorted(serverHeld)).toStrictEqual(
            sorted(asks.filter((channel) => isKnown(channel) && !refused.has(channel))),
          )
          expect(sorted(held)).toStrictEqual(sorted(last.filter((channel) => !refused.has(channel))))
          expect([...refused].filter((channel) => !last.includes(channel))).toStrictEqual([])
          // Nothing that the server gives is taken for refused.
          expect([...refused].filter(isKnown)).toStrictEqual([])
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

type Trouble =
  | { readonly want: readonly string[] }
  | { readonly answers: number }
  | { readonly lost: number }
  | { readonly grants: readonly string[] }
  | 'limit'
  | 'ask'
  | 'again'
  | 'reconnect'

const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  { arbitrary: fc.record({ want: fc.subarray([...names]) }), weight: 3 },
  { arbitrary: fc.record({ answers: fc.integer({ min: 1, max: 6 }) }), weight: 4 },
  { arbitrary: fc.constant('ask' as const), weight: 4 },
  fc.record({ lost: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ grants: fc.subarray(['T', 'AM', 'Q', 'FMV']) }),
  fc.constantFrom('limit' as const, 'again' as const, 'reconnect' as const),
)

/** The vendor on a bad day: what it grants changes, answers overtake each other, some get lost. */
const moody = (random: () => number) => {
  const held = new Set<string>()
  let outbox: Status[] = []
  let grants: readonly string[] = ['T', 'AM']
  const isGranted = (channel: string) => grants.includes(channel.split('.')[0] ?? '')

  return {
    held,
    isGranted,
    isSilent: () => outbox.length === 0,
    grant: (types: readonly string[]) => (grants = types),
    take: () => outbox.shift(),
    drop: () => {
      held.clear()
      outbox = []
    },
    receive: (action: string, params: string): void => {
      const answers = params.split(',').flatMap((channel) => {
        if (action === 'unsubscribe') return held.delete(channel) ? [gone(channel)] : []
        if (channel.startsWith('ZZ') || held.has(channel)) return []
        if (!isGranted(channel)) return [refusal]
        held.add(channel)

        return [{ ...status('success', `subscribed to: ${channel} `) }]
      })

      // Within one message the order is anybody's.
      outbox.push(
        ...answers
          .map((told) => ({ told, at: random() }))
          .sort((a, b) => a.at - b.at)
          .map(({ told }) => told),
      )
    },
  }
}

const wildcardOf = (channel: string) => `${channel.slice(0, channel.indexOf('.'))}.*`
const isSingle = (channel: string) => !channel.endsWith('.*')

describe('subscriptions against a server on a bad day', () => {
  it('converge whatever is lost, late, refused for a time or cut off, and never hold a wildcard beside its tickers', () => {
    fc.assert(
      fc.property(
        fc.array(trouble, { maxLength: 80 }),
        fc.subarray([...names]),
        fc.integer({ min: 1, max: 4 }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
        (troubles, last, size, chance) => {
          const made = subscriptions({ channelsPerMessage: size })
          const vendor = moody(() => Number(chance.next().value))
          // An error that comes after the limit may be taken for the answer to another message, until that one's answers come.
          let isConfused = false

          const ask = (): boolean => {
            const message = made.next()

            if (message === undefined) return false

            const asked = message.params.split(',')

            expect(asked.length).toBeLessThanOrEqual(size)
            expect(asked.filter((channel) => isSingle(channel) && asked.includes(wildcardOf(channel)))).toStrictEqual(
              [],
            )
            vendor.receive(message.action, message.params)
            const both = [...vendor.held].filter((channel) => isSingle(channel) && vendor.held.has(wildcardOf(channel)))

            expect(isConfused ? [] : both).toStrictEqual([])

            return true
          }
          const answer = (): boolean => {
            const told = vendor.take()

            if (told !== undefined) made.hear(told)

            return told !== undefined
          }

          for (const one of troubles) {
            if (one === 'ask') ask()
            else if (one === 'again') made.askAgain()
            else if (one === 'limit') {
              isConfused ||= !vendor.isSilent()
              made.overdue()
            } else if (one === 'reconnect') {
              vendor.drop()
              made.reset()
            } else if ('want' in one) made.want(new Set(one.want))
            else if ('grants' in one) vendor.grant(one.grants)
            else if ('lost' in one) for (let count = 0; count < one.lost; count += 1) vendor.take()
            else for (let count = 0; count < one.answers; count += 1) answer()

            const { pending, held, refused } = made.channels()
            const counts = [...pending, ...held, ...refused]

            // None is in two of the three.
            expect(new Set(counts).size).toBe(counts.length)
          }

          made.want(new Set(last))

          let roundsLeft = 4
          let turns = 0

          for (; turns < 500; turns += 1) {
            if (answer() || ask()) continue
            if (made.isWaiting()) made.overdue()
            else if (roundsLeft-- > 0) made.askAgain()
            else break
          }
          expect(turns).toBeLessThan(500)

          const { pending, held, refused } = made.channels()
          const isAsked = (channel: string) =>
            !refused.has(channel) &&
            !(isSingle(channel) && last.includes(wildcardOf(channel)) && !refused.has(wildcardOf(channel)))

          expect([...pending]).toStrictEqual([])
          expect(sorted(held)).toStrictEqual(sorted(last.filter((channel) => !refused.has(channel))))
          expect(sorted(vendor.held)).toStrictEqual(sorted(last.filter(isAsked)))
          // What would be granted is refused only where its single tickers stand for it.
          expect(
            [...refused].filter(
              (channel) =>
                vendor.isGranted(channel) &&
                !(!isSingle(channel) && last.some((other) => isSingle(other) && wildcardOf(other) === channel)),
            ),
          ).toStrictEqual([])
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('ask for 10,000 tickers in parts of bounded size', () => {
    const tickers = Array.from({ length: 10_000 }, (_, index) => `T.S${index}`)
    const made = machine(tickers)
    const sizes: number[] = []

    for (let message = made.next(); message !== undefined; message = made.next()) {
      expect(JSON.stringify(message).length).toBeLessThan(16_384)
      expect(made.isPartial()).toBe(sizes.length < 24)
      sizes.push(message.params.split(',').length)
      for (const channel of message.params.split(',')) made.hear(held(channel))
    }
    expect(sizes).toStrictEqual(Array.from({ length: 25 }, () => 400))
    expect(made.channels().held.size).toBe(10_000)
  })
})
