// The pictures of the page in the README, made anew: all well, and one frequency down; light and dark. Needs a Chromium and two minutes.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

import { createEngine, fairMarketValue, perMinute, perSecond, serveOps, simulated } from 'tickstock'

const folder = join(import.meta.dirname, '..', 'docs', 'images')
const runMs = 75_000

const provider = simulated({ seed: 7, rate: 1500, tickers: 200 })
const engine = createEngine({
  provider,
  links: 'dedicated',
  frequencies: [perSecond(), perMinute({ staleMs: Infinity }), fairMarketValue()],
})
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})

const picture = async (page, name) => {
  await page.screenshot({ path: join(folder, `page-${name}.png`), clip: { x: 0, y: 0, width: 1200, height: 760 } })
}

try {
  await mkdir(folder, { recursive: true })
  const ops = await serveOps(engine, { port: 0 })
  await engine.start()
  const pages = await Promise.all(
    ['light', 'dark'].map(async (colorScheme) => {
      const page = await browser.newPage({ viewport: { width: 1200, height: 760 }, colorScheme })
      await page.goto(ops.url)
      return [colorScheme, page]
    }),
  )
  await new Promise((resolve) => setTimeout(resolve, runMs))
  for (const [scheme, page] of pages) await picture(page, scheme)

  const { chaos } = provider.simulator()
  chaos.refuse('FMV')
  chaos.kill({ channel: 'FMV' })
  for (const [scheme, page] of pages) {
    await page.waitForSelector('[data-frequency="fair_market_value"][data-word="refused"]', { timeout: 60_000 })
    await picture(page, `${scheme}-one-down`)
  }
} finally {
  await browser.close()
  await engine.close({ drainMs: 0 })
}
