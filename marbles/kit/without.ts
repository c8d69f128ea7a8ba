import { identity } from 'rxjs'

import type { FrequencyHandle } from '../../src/engine/handle.ts'
import type { AnyFrequency } from '../../src/engine/options.ts'
import { builtInCodecs } from '../../streams/codecs/builtIn.ts'
import { createDecoder } from '../../streams/codecs/decodeFrame.ts'
import type { EventLike } from '../../streams/model.ts'
import type { ScriptedVendor, Where } from './scriptedVendor.ts'
import type { VendorRules } from './vendor/rules.ts'

/** A drawing without one of its frequencies: it is there, and nothing is sent to it, done to it or done by it. */
export interface Without {
  readonly frequency: (frequency: AnyFrequency) => AnyFrequency
  readonly vendor: (vendor: ScriptedVendor) => ScriptedVendor
  readonly handle: (handle: FrequencyHandle) => FrequencyHandle
}

const nothing = (): void => undefined

/** All there is to see of the named frequency goes: its operators, its data, the faults aimed at its event types, its host. */
export const withoutOf = (name: string): Without => {
  const types = new Set<string>()
  const codecs = new Map(builtInCodecs.map((codec) => [codec.ev, codec]))
  let decode = createDecoder([...codecs.values()])

  const isIts = (channel: string): boolean => types.has(channel.split('.')[0] as string)
  const isAimed = (where: Where | undefined): boolean => typeof where === 'string' && types.has(where)

  /** The elements that others can read; what nobody can is dropped with it. */
  const cleaned = (text: string): string => {
    const { batches, statuses } = decode(Buffer.from(text))
    const wires = batches
      .filter(({ eventType }) => !types.has(eventType))
      .flatMap((batch) => Array.from({ length: batch.length }, (_, i) => Buffer.from(batch.wire(i)).toString()))
    return `[${[...statuses.map(({ status, message }) => JSON.stringify({ ev: 'status', status, message })), ...wires].join(',')}]`
  }

  const others = (events: readonly (EventLike | string)[]): readonly (EventLike | string)[] =>
    events.filter((event) => {
      if (typeof event !== 'string') return !types.has(event.ev)
      const { batches } = decode(Buffer.from(`[${event}]`))
      return batches.some(({ eventType }) => !types.has(eventType))
    })

  const rules = (changed: VendorRules): VendorRules => ({
    ...changed,
    ...(changed.refuses === undefined ? {} : { refuses: changed.refuses.filter((channel) => !isIts(channel)) }),
    ...(changed.ignores === undefined ? {} : { ignores: changed.ignores.filter((channel) => !isIts(channel)) }),
  })

  return {
    frequency: (frequency) => {
      for (const codec of frequency.known) codecs.set(codec.ev, codec)
      decode = createDecoder([...codecs.values()])
      if (frequency.name !== name) return frequency
      for (const { ev } of frequency.known) types.add(ev)
      // With a stage still, so that the lanes of its operators may be asked for.
      return frequency.bare().pipe(identity)
    },
    vendor: (vendor) => {
      const struck = (blow: (where?: Where) => number) => (where?: Where) => (isAimed(where) ? 1 : blow(where))
      return {
        ...vendor,
        send: (events, options = {}) => {
          vendor.send(others(events), options)
        },
        sendText: (text, eventType) => {
          // A frame for its link may hold what others read.
          const left = cleaned(text)
          if (left !== '[]') vendor.sendText(left, eventType)
        },
        flood: (frames, options = {}) => {
          vendor.flood(frames.map(others), options)
        },
        repeat: struck((at) => vendor.repeat(at)),
        status: (status, where) => struck((at) => vendor.status(status, at))(where),
        lose: struck((at) => vendor.lose(at)),
        close: (code, where) => struck((at) => vendor.close(code, at))(where),
        evict: struck((at) => vendor.evict(at)),
        forceDisconnect: struck((at) => vendor.forceDisconnect(at)),
        slowConsumer: struck((at) => vendor.slowConsumer(at)),
        stall: (ms, where) => struck((at) => vendor.stall(ms, at))(where),
        halfOpen: struck((at) => vendor.halfOpen(at)),
        tooLarge: struck((at) => vendor.tooLarge(at)),
        change: (changed, address) => {
          vendor.change(rules(changed), address)
        },
      }
    },
    handle: (handle) =>
      handle.name !== name
        ? handle
        : Object.assign(Object.create(handle) as FrequencyHandle, {
            stop: nothing,
            start: nothing,
            restart: nothing,
            setTickers: nothing,
            change: nothing,
            setOperators: nothing,
          }),
  }
}
