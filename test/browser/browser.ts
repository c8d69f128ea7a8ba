import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'

/** A Chromium that is installed on this machine: named by CHROMIUM, or where packages put it. */
const found = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((path) => path !== undefined && path !== '' && existsSync(path))

if (found === undefined && process.env.CHROMIUM_DEMANDED === '1') {
  throw new Error(
    'CHROMIUM_DEMANDED=1, and no Chromium is installed: install the package chromium, or name one by CHROMIUM',
  )
}

export const hasBrowser = found !== undefined

/** `it` where there is a browser; elsewhere skipped, with the reason in the name. */
export const itInBrowser = (name: string, work: () => Promise<void>): void => {
  // Skipped only where nothing is there to run it in; .ci/run demands one.
  const as = hasBrowser ? it : it.skip
  as(hasBrowser ? name : `${name} (skipped: no Chromium is installed, see CHROMIUM)`, work)
}

export interface Visit {
  readonly page: Page
  /** What the page has complained of: console errors, uncaught exceptions, requests that failed. */
  readonly complaints: readonly string[]
}

export interface Visitor {
  /** `scheme` is what the system prefers. */
  open(url: string, options?: { readonly width?: number; readonly scheme?: 'light' | 'dark' }): Promise<Visit>
  close(): Promise<void>
}

export const visitor = (): Visitor => {
  let starting: Promise<Browser> | undefined

  return {
    open: async (url, { width = 1280, scheme = 'light' } = {}) => {
      // The sandbox needs rights that root in a container does not have; only our own page is opened.
      const args = ['--no-sandbox', '--disable-dev-shm-usage']
      const browser = await (starting ??= chromium.launch({ executablePath: found ?? '', args }))
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme })
      const complaints: string[] = []
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(error.message))
      await page.addInitScript(() => {
        const looks: unknown[] = []
        Object.assign(globalThis, { looks })
        document.addEventListener('look', () => {
          const rows = [...document.querySelectorAll<HTMLElement>('tbody[data-frequency]')]
          looks.push([document.body.dataset.lookMs, rows.map(({ dataset }) => [dataset.frequency, dataset.status])])
        })
      })
      await page.goto(url)
      return { page, complaints }
    },
    close: async () => {
      await (await starting)?.close()
    },
  }
}

/** Every look that the page has shown: when the engine took it, and how well each frequency's row said it was. */
export const looksOf = async (page: Page): Promise<ReadonlyMap<number, Readonly<Record<string, string>>>> => {
  const looks = await page.evaluate(() => (globalThis as unknown as { looks: [string, [string, string][]][] }).looks)
  return new Map(looks.map(([atMs, rows]) => [Number(atMs), Object.fromEntries(rows)]))
}
