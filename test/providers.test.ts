/**
 * Goal: a provider is had by its name, the host's own as well as the built-in ones, and a name that is wrong says which there are.
 *
 * Method: registries are made and asked; nothing is opened. What the compiler knows of names and options is checked by assignments,
 * each `@ts-expect-error` is an error when it finds nothing wrong.
 */
import { describe, expect, it } from '@jest/globals'

import { createProviderRegistry, type Provider, providers, type SimulatedProvider, simulated } from '../src/index.ts'

const wish = { frequency: 'per_second', eventTypes: ['T'] }
/** As read from a file. */
const named = (name: string): string => name
const desk = ({ host }: { readonly host: string }): Provider => ({
  ...simulated(),
  name: 'desk',
  endpoint: () => ({ ...simulated().endpoint(wish), url: `ws://${host}/stocks` }),
})

describe('a registry of providers', () => {
  it('makes the built-in ones by name, with their options', () => {
    expect(providers.names).toStrictEqual(['polygon', 'simulated', 'replay'])
    expect(providers.make('polygon', { apiKey: 'a-key' }).endpoint(wish).url).toBe('wss://socket.massive.com/stocks')
    const made: SimulatedProvider = providers.make('simulated', { seed: 7 })
    expect(made.name).toBe('simulated')
  })

  it('knows other words for the same', () => {
    expect(providers.nameOf('massive')).toBe('polygon')
    expect(providers.make('synthetic').name).toBe('simulated')
    expect(providers.has('massive')).toBe(true)
    expect(providers.has('toString')).toBe(false)
  })

  it('makes those of the host beside them, and the registry it came from stays as it was', () => {
    const own = createProviderRegistry({ desk })

    expect(own.names).toStrictEqual(['polygon', 'simulated', 'replay', 'desk'])
    expect(own.make('desk', { host: 'feed.example' }).endpoint(wish).url).toBe('ws://feed.example/stocks')
    expect(own.make('polygon', { apiKey: 'a-key' }).name).toBe('polygon')
    expect(providers.has('desk')).toBe(false)
  })

  it('takes a name that is known only at run time', () => {
    expect(providers.make(named('simulated'), { seed: 7 }).name).toBe('simulated')
  })

  it.each([
    ['polgon', 'no provider "polgon"; did you mean polygon?'],
    ['Simulated', 'no provider "Simulated"; did you mean simulated?'],
    ['synthetik', 'no provider "synthetik"; did you mean synthetic?'],
    ['bloomberg', 'no provider "bloomberg"; there are polygon, simulated, replay'],
    ['constructor', 'no provider "constructor"; there are polygon, simulated, replay'],
  ])('says of %s which there are', (name, message) => {
    expect(() => providers.make(name)).toThrow(new RangeError(message))
  })

  it('lets the provider itself say what it lacks, without a key in it', () => {
    expect(() => providers.make('polygon', {})).toThrow('polygon needs apiKey, businessApiKey or both')
    expect(() => providers.make(named('polygon'))).toThrow('polygon needs apiKey, businessApiKey or both')
  })

  it('refuses a name that is taken or cannot be spelled, and what makes no provider', () => {
    expect(() => createProviderRegistry({ polygon: desk })).toThrow(
      'the provider polygon is there already: give yours another name',
    )
    expect(() => createProviderRegistry({ synthetic: desk })).toThrow('the provider synthetic is there already')
    expect(() => createProviderRegistry({ 'My Desk': desk })).toThrow('not "My Desk"; it begins with a letter')
    expect(() => createProviderRegistry({ desk: desk({ host: 'x' }) as never })).toThrow(
      'the provider desk needs a function that makes it of its options, not object',
    )
    expect(() => createProviderRegistry({ desk: (() => ({ name: 'desk' })) as never }).make('desk')).toThrow(
      'the provider desk made something that is none: endpoint and openSocket of it are no function',
    )
  })

  it('has the compiler know names and options', () => {
    const own = createProviderRegistry({ desk })
    const check = (): void => {
      // @ts-expect-error: there is no such option
      providers.make('polygon', { apiKye: 'a-key' })
      // @ts-expect-error: there is no such provider
      providers.make('polgon', {})
      // @ts-expect-error: the host is missing
      own.make('desk', {})
    }

    expect(check).toBeInstanceOf(Function)
  })
})
