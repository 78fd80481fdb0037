import { accessSync, constants } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

function findChromium(): string {
  for (const place of PLACES) {
    try {
      accessSync(place, constants.X_OK)
      return place
    } catch {}
  }
  throw new Error('Chromium is not on this machine; install it with: sudo apt-get install chromium')
}

/** Starts Debian's Chromium without a window. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: FLAGS, headless: true })
}

/** A page with what it complained about. */
export interface WatchedPage {
  readonly page: Page
  /** Console errors and warnings, exceptions, and requests to anywhere but this machine. */
  readonly complaints: string[]
  close(): Promise<void>
}

/** Opens a page and listens to its complaints from the first byte on. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`))
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`))
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url())
    if (hostname !== new URL(url).hostname) complaints.push(`asked elsewhere: ${protocol}//${hostname}`)
  })
  await page.goto(url)
  return { page, complaints, close: () => context.close() }
}
