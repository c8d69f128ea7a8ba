import { didYouMean } from '../src/didYouMean.ts'
import { selfOf } from '../src/cli/io.ts'
import { aboveZero, flag, oneOf, optionLines, parse, speed, text, tickers, wholeNumber } from '../src/cli/options.ts'

// Goal: arguments are read, or refused in one sentence that helps.
// Method: one table of options of every kind, and tables of what is typed.

const table = {
  port: wholeNumber({ help: 'to listen on', what: 'a port', least: 0, most: 65_535, fallback: 8787 }),
  rate: aboveZero({ help: 'trades per second', what: 'trades per second', most: 1_000_000, fallback: 1000 }),
  count: wholeNumber({ help: 'events', what: 'events', least: 1, most: 10, fallback: undefined }),
  key: text({
    help: 'your key',
    what: 'a key',
    placeholder: 'KEY',
    env: 'A_KEY',
    isSecret: true,
    fallback: undefined,
  }),
  links: oneOf(['shared', 'dedicated'], { help: 'sockets', fallback: 'shared' }),
  speed: speed({ help: 'pace', fallback: 1 }),
  tickers: tickers({ help: 'which', fallback: 100 }),
  json: flag({ help: 'as received', short: 'j' }),
}
const read = (typed: string, env: Record<string, string> = {}) =>
  parse(table, typed === '' ? [] : typed.split(' '), env)
const defaults = {
  port: 8787,
  rate: 1000,
  count: undefined,
  key: undefined,
  links: 'shared',
  speed: 1,
  tickers: 100,
  json: false,
}

describe('what is typed', () => {
  it.each<[string, Partial<Record<keyof typeof table, unknown>>, string[]]>([
    ['', {}, []],
    ['--port 1', { port: 1 }, []],
    ['--port=1', { port: 1 }, []],
    ['--port 1 --port 2', { port: 2 }, []],
    ['--port 0', { port: 0 }, []],
    ['--rate 0.5 --speed max', { rate: 0.5, speed: 'max' }, []],
    ['--rate 2e4 --speed 10', { rate: 20_000, speed: 10 }, []],
    ['--tickers 500', { tickers: 500 }, []],
    ['--tickers AAPL,BRK.B', { tickers: ['AAPL', 'BRK.B'] }, []],
    ['--links dedicated', { links: 'dedicated' }, []],
    ['ws://x T.* --json', { json: true }, ['ws://x', 'T.*']],
    ['-j ws://x --count 10 T.*', { json: true, count: 10 }, ['ws://x', 'T.*']],
    ['--key=-k', { key: '-k' }, []],
    ['-- --json', {}, ['--json']],
  ])('%j is understood', (typed, values, operands) => {
    expect(read(typed)).toEqual({ values: { ...defaults, ...values }, operands, wantsHelp: false })
  })

  it.each([
    ['--port 99999', '--port 99999: expected a port, a whole number from 0 to 65535'],
    ['--port -1', '--port -1: expected a port, a whole number from 0 to 65535'],
    ['--port 0x10', '--port 0x10: expected a port, a whole number from 0 to 65535'],
    ['--port=', '--port "": expected a port, a whole number from 0 to 65535'],
    ['--port', '--port needs a value: --port N'],
    ['--port --json', '--port needs a value: --port N'],
    ['--rate abc', '--rate abc: expected trades per second, a number above 0 and up to 1,000,000'],
    ['--rate=-5', '--rate -5: expected trades per second, a number above 0 and up to 1,000,000'],
    ['--rate Infinity', '--rate Infinity: expected trades per second, a number above 0 and up to 1,000,000'],
    ['--count 0', '--count 0: expected events, a whole number from 1 to 10'],
    ['--links both', '--links both: expected shared or dedicated'],
    ['--speed fast', '--speed fast: expected times the clock, a number above 0 and up to 1,000,000, or max'],
    ['--tickers 0', '--tickers 0: expected how many, a whole number from 1 to 100000, or names such as AAPL,MSFT'],
    ['--tickers A,,B', '--tickers A,,B: expected names such as AAPL,MSFT, or how many'],
    ['--tickers A,A', '--tickers A,A: expected each name once'],
    ['--json=yes', '--json takes no value'],
    ['--rat 5', 'unknown option --rat; did you mean --rate?'],
    ['--elsewhere', 'unknown option --elsewhere; see --help'],
    ['-x', 'unknown option -x; see --help'],
    ['--constructor', 'unknown option --constructor; see --help'],
  ])('%j is refused', (typed, message) => {
    expect(() => read(typed)).toThrow(expect.objectContaining({ _tag: 'WrongUse', message }))
  })

  it('asks for help before anything else is checked', () => {
    expect(read('--port abc --nonsense -h').wantsHelp).toBe(true)
    expect(read('--help').wantsHelp).toBe(true)
  })
})

describe('a key', () => {
  it('comes from the environment unless it is typed', () => {
    expect(read('', { A_KEY: 'from env' }).values.key).toBe('from env')
    expect(read('--key typed', { A_KEY: 'from env' }).values.key).toBe('typed')
    expect(read('', { A_KEY: '' }).values.key).toBeUndefined()
  })

  it.each(['--kye=SECRET', '--kye SECRET', '--key=SECRET --port abc'])('%j is not repeated', (typed) => {
    expect(() => read(typed)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('SECRET') }))
  })

  it('is refused when it is empty', () => {
    expect(() => read('--key=')).toThrow('--key: expected a key')
    expect(() => read('', { A_KEY: ' ' })).toThrow('A_KEY: expected a key')
  })
})

describe('the help', () => {
  it('is made of the table', () => {
    expect(optionLines(table)).toEqual([
      '  --port N                  to listen on (8787)',
      '  --rate N                  trades per second (1000)',
      '  --count N                 events',
      '  --key KEY                 your key; or A_KEY',
      '  --links shared|dedicated  sockets (shared)',
      '  --speed N|max             pace (1)',
      '  --tickers N|A,B,C         which (100)',
      '  -j, --json                as received',
      '  -h, --help                this page',
    ])
  })

  it.each([
    ['rnu', '; did you mean run?'],
    ['tial', '; did you mean tail?'],
    ['simulat', '; did you mean simulate?'],
    ['publish', ''],
    ['x', ''],
  ])('%s%s', (word, hint) => {
    expect(didYouMean(word, ['run', 'simulate', 'tail'])).toBe(hint)
  })

  it.each([
    ['/app/dist/esm/src/cli/main.js', '/app', {}, 'node dist/esm/src/cli/main.js'],
    ['/app/dist/esm/src/cli/main.js', '/else', {}, 'node /app/dist/esm/src/cli/main.js'],
    ['/my app/main.js', '/', {}, 'node "my app/main.js"'],
    ['/app/node_modules/.bin/tickstock', '/app', {}, 'tickstock'],
    ['/app/node_modules/.bin/tickstock', '/app', { npm_command: 'exec' }, 'npx tickstock'],
  ])('%s is called again from %s', (script, cwd, env, self) => {
    expect(selfOf(script, { env, cwd })).toBe(self)
  })
})
