import {
  createEngine,
  type Engine,
  fairMarketValue,
  type OpsOptions,
  type OpsServer,
  perMinute,
  perSecond,
  polygon,
  serveOps,
} from '../../src/index.ts'
import { simulate, type Simulator } from '../../src/simulator/index.ts'
import { itInBrowser, looksOf, visitor } from './browser.ts'
import { closing, connectTo } from '../simulatorClient.ts'

// Goal: the page shows in a browser what the health says, goes on after a loss of the connection, and complains of nothing.
// Method: a real Chromium, an engine, a simulator and the operations server over real sockets on loopback. Nothing waits for a time: each
// expectation waits for what it expects. That each fault is shown is in test/opsFaults.test.ts.

jest.setTimeout(60_000)

const things = closing()
const browser = visitor()
afterEach(() => things.all())
afterAll(() => browser.close())

interface Rig {
  readonly sim: Simulator
  readonly engine: Engine
  readonly ops: OpsServer
}

const rigOf = async (options: OpsOptions = {}): Promise<Rig> => {
  const sim = things.add(await simulate({ seed: 7, tickers: 8, rate: 200, stepMs: 50 }))
  const url = `${sim.url}/stocks`
  const engine = things.add(
    createEngine({
      provider: polygon({ apiKey: 'key', businessApiKey: 'key' }),
      frequencies: [perSecond({ url }), perMinute({ url }), fairMarketValue({ url })],
      healthEveryMs: 100,
    }),
  )
  const ops = things.add(await serveOps(engine, { port: 0, ...options }))
  await engine.start()
  return { sim, engine, ops }
}

describe('the page of the operations server', () => {
  itInBrowser('shows every frequency with its word, and goes on with each look', async () => {
    const { engine, ops } = await rigOf()
    const { page, complaints } = await browser.open(ops.url)

    await page.waitForSelector('#connection[data-kind="live"]')
    for (const { name } of engine.frequencies) {
      await page.waitForSelector(
        `[data-frequency="${name}"][data-word="live"], [data-frequency="${name}"][data-word="quiet"]`,
      )
    }
    expect(await page.title()).toMatch(/ · tickstock$/)
    expect(await page.locator('#links article').count()).toBe(1)
    expect(await page.locator('#engine').textContent()).toContain('balanced: every event is accounted for')
    const before = (await looksOf(page)).size
    await page.waitForFunction((n) => (globalThis as unknown as { looks: unknown[] }).looks.length >= n + 3, before)
    expect(complaints).toEqual([])
  })

  itInBrowser('opens a frequency by keyboard: charts, the newest events, gaps, rejects, dead letters', async () => {
    const { sim, ops } = await rigOf()
    const { page, complaints } = await browser.open(ops.url)
    await page.waitForSelector('[data-frequency="per_second"] button')

    sim.chaos.garbage('json', { channel: 'T' })
    await page.locator('[data-frequency="per_second"] button').focus()
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-frequency="per_second"] button[aria-expanded="true"]')
    await page.waitForSelector('.charts canvas')
    await page.waitForFunction(() => document.querySelectorAll('.lane tbody tr').length >= 5)
    expect(await page.locator('.lane tbody tr td:first-child').first().textContent()).toBe('T')
    expect(await page.locator('.lists summary').allTextContents()).toEqual(
      expect.arrayContaining([expect.stringMatching(/^Gaps \d/), expect.stringMatching(/^Dead letters 0/)]),
    )

    await page.locator('[data-frequency="per_second"] button').focus()
    await page.keyboard.press('Enter')
    await page.waitForSelector('.detail', { state: 'detached' })
    expect(complaints).toEqual([])
  })

  itInBrowser('tells a gap and its cause in the row and in the list', async () => {
    const { sim, engine, ops } = await rigOf()
    const { page } = await browser.open(ops.url)
    await page.waitForSelector('[data-frequency="per_second"][data-word="live"]')

    sim.chaos.kill()
    await page.waitForFunction(() =>
      document.querySelector('[data-frequency="per_second"] .row')?.textContent.includes('1 gap in all'),
    )
    await page.click('[data-frequency="per_second"] button')
    await page.locator('.lists summary', { hasText: 'Gaps 1' }).click()
    const [gap] = engine.frequency('per_second').gaps
    await page.locator('.lists li', { hasText: gap?.cause.message ?? 'no gap' }).waitFor()
  })

  itInBrowser('says that the engine is away, and comes back by itself', async () => {
    const { engine, ops } = await rigOf()
    const { page, complaints } = await browser.open(ops.url)
    await page.waitForFunction(() => document.body.dataset.lookMs !== undefined)

    await ops.close()
    await page.waitForSelector('#connection[data-kind="lost"]')
    expect(await page.locator('#connection').textContent()).toMatch(
      /^no connection to the engine; tried again in .*\. What you see is of /,
    )
    things.add(await serveOps(engine, { port: ops.port }))
    await page.waitForSelector('#connection[data-kind="live"]')
    const { size } = await looksOf(page)
    await page.waitForFunction((n) => (globalThis as unknown as { looks: unknown[] }).looks.length > n, size)
    // A browser writes down each connection that was refused; nothing else.
    expect(complaints.filter((text) => !/WebSocket connection|ERR_CONNECTION_REFUSED/.test(text))).toEqual([])
  })

  itInBrowser('asks for the token where one is needed, and keeps it out of sight', async () => {
    const token = 'a-token-of-the-page'
    const { ops } = await rigOf({ host: '0.0.0.0', token })
    const { page } = await browser.open(ops.url)

    await page.waitForSelector('#lock:not([hidden])')
    await page.fill('#token', token)
    await page.keyboard.press('Enter')
    await page.waitForSelector('#connection[data-kind="live"]')
    await page.waitForSelector('#lock', { state: 'hidden' })
    expect(await page.content()).not.toContain(token)
  })

  itInBrowser('fits a phone, and takes the colours that the system prefers', async () => {
    const { ops } = await rigOf()
    const paper: string[] = []
    for (const scheme of ['light', 'dark'] as const) {
      const { page, complaints } = await browser.open(ops.url, { width: 360, scheme })
      await page.waitForSelector('[data-frequency="per_second"][data-word]')
      await page.click('[data-frequency="per_second"] button')
      await page.waitForSelector('.charts canvas')
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      paper.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor))
      expect(complaints).toEqual([])
    }
    expect(paper).toEqual(['rgb(255, 255, 255)', 'rgb(16, 22, 29)'])
  })

  it('is a client like any other: health.* beside the lanes, for whoever may look', async () => {
    const { ops, engine } = await rigOf()
    const client = await connectTo(`${ops.url.replace('http', 'ws')}/page/feed`)
    client.send('auth', 'none')
    client.send('subscribe', 'health.*,T.*')
    await client.until(() => ['health', 'T'].every((ev) => client.events().some((event) => event.ev === ev)))
    const look = client.events().find(({ ev }) => ev === 'health') as { health: { epoch: string } }
    expect(look.health.epoch).toBe(engine.epoch)
    await expect(
      connectTo(`${ops.url.replace('http', 'ws')}/page/feed`, { origin: 'https://elsewhere.example' }),
    ).rejects.toThrow('403')
    client.socket.terminate()
  })

  it('stays within its own address, and balances the ledger', async () => {
    const { ops, engine } = await rigOf()
    const response = await fetch(ops.url)
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'")
    for (const path of ['', '/page/page.js', '/page/page.css']) {
      const text = await (await fetch(`${ops.url}${path}`)).text()
      expect(text.match(/https?:\/\/(?!www\.w3\.org\/)[^\s'"`)]+/g) ?? []).toEqual([])
    }
    const { samples } = (await (await fetch(`${ops.url}/page/history`)).json()) as { samples: { atMs: number }[] }
    expect(samples.length).toBeGreaterThan(0)
    await ops.close()
    engine.ledger().assertBalanced()
    expect(engine.health().frequencies.map(({ name }) => name)).toEqual(engine.frequencies.map(({ name }) => name))
  })
})
