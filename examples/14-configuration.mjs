// An engine by configuration: read, checked, run, and brought to what its file says later, while a host's operators stay.
//
//     npm run build && node examples/14-configuration.mjs
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { filter } from 'rxjs'
import { configure, createEngine, watchConfiguration } from 'tickstock'

const folder = mkdtempSync(join(tmpdir(), 'tickstock-'))
const file = join(folder, 'tickstock.config.json')
/** @param {readonly string[]} tickers */
const write = (tickers) => {
  const frequencies = { per_second: { tickers }, per_minute: { tickers: '*' } }
  writeFileSync(file, JSON.stringify({ mode: 'test', providers: { simulated: { seed: 7 } }, frequencies }))
}
write(['AAPL'])

// Everything that is wrong comes at once, as a ConfigurationError; nothing has been opened then.
const setup = configure({
  files: [file],
  operators: { per_minute: (minutes) => minutes.pipe(filter((bar) => bar.volume >= 1000)) },
})
for (const { message } of setup.warnings) console.warn(message)

const engine = createEngine(setup.engine)
try {
  console.log(await engine.start().then(Object.keys))
  const watching = watchConfiguration(setup, engine, { everyMs: Infinity }) // leave everyMs out to watch the file

  write(['AAPL', 'MSFT'])
  console.log((await watching.reload()).changes) // process.on('SIGHUP', () => void watching.reload())

  write([])
  console.log((await watching.reload()).problems) // invalid: nothing has changed
  await watching.close()
} finally {
  await engine.close()
  rmSync(folder, { recursive: true })
}
engine.ledger().assertBalanced()
