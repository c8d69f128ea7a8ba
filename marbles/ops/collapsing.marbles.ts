import { asyncScheduler } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { collapsing } from '../../src/ops/collapsing.ts'
import type { Logger } from '../../src/ops/logger.ts'

interface Written {
  readonly atMs: number
  readonly line: string
  readonly fields: object
}

const writer = (): { readonly written: Written[]; readonly logger: Logger } => {
  const written: Written[] = []
  const of = (bindings: object): Logger => {
    const at = (level: string) => (fields: object, message: string) => {
      written.push({ atMs: asyncScheduler.now(), line: `${level} ${message}`, fields: { ...bindings, ...fields } })
    }
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: (more) => of({ ...bindings, ...more }) }
  }
  return { written, logger: of({}) }
}

const shown = (written: readonly Written[]): readonly string[] => written.map(({ atMs, line }) => `${String(atMs)} ${line}`)

describe('collapsing', () => {
  it('writes a warning at once, and what is repeated once per while with its count', marbles((m) => {
    const { written, logger } = writer()
    const log = collapsing(logger, { everyMs: 10 })
    m.cold('a-a-aa---b--a------------------------a--|').subscribe((letter) => {
      log.warn({ letter }, letter)
    })
    m.flush()

    expect(shown(written)).toEqual(['0 warn a', '9 warn b', '10 warn a (3 more times)', '20 warn a (1 more time)', '37 warn a'])
    expect(written[2]?.fields).toEqual({ letter: 'a', repeated: 3 })
  }))

  it('takes other numbers in the same words for the same, and gives the latest', marbles((m) => {
    const { written, logger } = writer()
    const log = collapsing(logger, { everyMs: 10 })
    m.cold('abc---------|', { a: 1, b: 2.5, c: 30 }).subscribe((try_) => {
      log.error({ try_ }, `try ${String(try_)} follows in ${String(try_ * 2)} s`)
    })
    m.flush()

    expect(shown(written)).toEqual(['0 error try 1 follows in 2 s', '10 error try 30 follows in 60 s (2 more times)'])
  }))

  it('begins anew after a line of information of the same child, and of no other', marbles((m) => {
    const { written, logger } = writer()
    const log = collapsing(logger, { everyMs: 10 })
    const one = log.child({ link: 'one' })
    const other = log.child({ link: 'other' })
    m.cold('wwiw-|').subscribe((letter) => {
      for (const child of [one, other]) {
        if (letter === 'w') child.warn({}, 'lost')
        else if (child === one) child.info({}, 'live')
      }
    })
    m.flush()

    const of = (link: string): readonly string[] => shown(written.filter(({ fields }) => 'link' in fields && fields.link === link))
    expect(of('one')).toEqual(['0 warn lost', '2 warn lost (1 more time)', '2 info live', '3 warn lost'])
    expect(of('other')).toEqual(['0 warn lost', '10 warn lost (2 more times)'])
  }))

  it('lets debug pass, and at the end says what it still holds and leaves no timer', marbles((m) => {
    const { written, logger } = writer()
    const log = collapsing(logger)
    m.cold('dwwd-e').subscribe((letter) => {
      if (letter === 'd') log.debug({}, 'd')
      else if (letter === 'w') log.warn({}, 'w')
      else log.end()
    })
    m.flush()

    expect(shown(written)).toEqual(['0 debug d', '1 warn w', '3 debug d', '5 warn w (1 more time)'])
    expect(asyncScheduler.now()).toBeLessThan(60_000)
  }))

  it('tells two hundred warnings apart, and of one more the oldest first', marbles((m) => {
    const { written, logger } = writer()
    const log = collapsing(logger)
    const word = (i: number): string => 'x'.repeat(i + 1)
    for (let i = 0; i < 200; i += 1) log.warn({}, word(i))
    log.warn({}, word(0))
    log.warn({}, word(200))
    log.warn({}, word(0))
    m.flush()

    expect(shown(written).slice(200)).toEqual([`0 warn ${word(200)}`, '0 warn x (1 more time)', '0 warn x'])
  }))
})
