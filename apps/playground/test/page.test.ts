import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ServerProcess } from 'demo-kit/testing'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { launchBrowser, openPage } from './browser.js'
import { findFreePorts } from './free-ports.js'

const MAIN = new URL('../dist/server/main.js', import.meta.url)
const TITLES = ['node:http', 'Express 5', 'Fastify 5', 'Koa 3', 'Hono 4']
const NARROW = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }

async function startPlayground(): Promise<{ readonly process: ServerProcess; readonly url: string }> {
  const base = await findFreePorts()
  const playground = ServerProcess.script(MAIN, {}, ['--port', String(base)])
  await playground.output(/Ctrl-C ends everything/)
  return { process: playground, url: `http://127.0.0.1:${base}/` }
}

function card(page: Page, title: string): Locator {
  return page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: title, exact: true }) })
}

/** Waits until the sentence that screen readers hear matches. */
async function hears(page: Page, sentence: RegExp): Promise<void> {
  await page.getByRole('status').filter({ hasText: sentence }).first().waitFor()
}

async function focusedName(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { activeElement } = document
    if (activeElement === null || activeElement === document.body) return ''
    const label =
      activeElement instanceof HTMLInputElement ? activeElement.labels?.[0]?.textContent : undefined
    return (activeElement.getAttribute('aria-label') ?? label ?? activeElement.textContent ?? '').trim()
  })
}

/** Presses Tab until the element with this name has the focus, as somebody without a mouse does. */
async function tabTo(page: Page, name: string): Promise<void> {
  const seen: string[] = []
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    const focused = await focusedName(page)
    if (focused === name) return
    seen.push(focused)
  }
  assert.fail(`Tab never reached ${JSON.stringify(name)}; it reached ${JSON.stringify(seen)}`)
}

describe('page', { timeout: 120_000 }, () => {
  let browser: Browser
  let playground: { readonly process: ServerProcess; readonly url: string }

  before(async () => {
    playground = await startPlayground()
    browser = await launchBrowser()
  })
  after(async () => {
    await browser.close()
    await playground.process[Symbol.asyncDispose]()
  })

  /** Opens the page, and holds afterwards that it complained about nothing and asked nobody else. */
  async function onPage(
    work: (page: Page) => Promise<void>,
    options: BrowserContextOptions = {},
    url = playground.url,
  ): Promise<void> {
    const { page, complaints, close } = await openPage(browser, url, options)
    try {
      await card(page, 'Hono 4').waitFor()
      await work(page)
      assert.deepEqual(complaints, [])
    } finally {
      await close()
    }
  }

  it('PG-20 connects to all five with one press, sends text and shows five equal answers with their times', () =>
    onPage(async (page) => {
      await page.getByRole('textbox', { name: 'Message' }).fill('Grüße <b>& 你好</b>')
      await page.getByRole('button', { name: 'Connect and send' }).click()
      await hears(
        page,
        /^All five sent back exactly what was sent \(text, 23 bytes\), in [\d.]+ ms( to [\d.]+ ms)?\.$/,
      )
      for (const title of TITLES) {
        const host = card(page, title)
        assert.equal(await host.locator('.echo').textContent(), 'Grüße <b>& 你好</b>')
        assert.match((await host.locator('.rtt').textContent()) ?? '', /^\d+(\.\d)? ms$/)
        assert.equal(await host.locator('.state-text').textContent(), 'Connected')
        await host.locator('.log .received').waitFor()
      }
    }))

  it('PG-21 sends bytes and shows them as bytes', () =>
    onPage(async (page) => {
      await page.getByRole('button', { name: 'Connect all five' }).click()
      await hears(page, /^All five are connected\.$/)
      await page.getByRole('textbox', { name: 'Message' }).fill('AZ€')
      await page.getByRole('radio', { name: 'Bytes' }).check()
      await page.getByRole('button', { name: 'Send to all five' }).click()
      await hears(page, /^All five sent back exactly what was sent \(5 bytes\), in /)
      for (const title of TITLES)
        assert.equal(await card(page, title).locator('.echo').textContent(), '41 5a e2 82 ac')
    }))

  it('PG-22 connects to one server alone, and sends to it alone', () =>
    onPage(async (page) => {
      await page.getByRole('button', { name: 'Connect Koa 3' }).click()
      await page.getByRole('button', { name: 'Disconnect Koa 3' }).waitFor()
      await page.getByRole('button', { name: 'Send to 1' }).click()
      await hears(page, /^The server sent back exactly what was sent \(text, 19 bytes\), in /)
      assert.equal(await card(page, 'Hono 4').locator('.state-text').textContent(), 'Not connected')
      assert.equal(await card(page, 'Hono 4').locator('.log li').count(), 0)
    }))

  it('PG-23 says in words how a connection ended, and connects again', () =>
    onPage(async (page) => {
      await page.getByRole('button', { name: 'Connect Express 5' }).click()
      await page.getByRole('button', { name: 'Disconnect Express 5' }).click()
      const host = card(page, 'Express 5')
      await host.getByText('Closed: 1000, as agreed').waitFor()
      await page.getByRole('button', { name: 'Reconnect Express 5' }).click()
      await host.getByText('Connected', { exact: true }).waitFor()
    }))

  it('PG-24 says that the servers are going away when npm start ends', async () => {
    const own = await startPlayground()
    try {
      const { page, close } = await openPage(browser, own.url)
      await page.getByRole('button', { name: 'Connect all five' }).click()
      await hears(page, /^All five are connected\.$/)
      assert.deepEqual(await own.process.stop(), { code: 0, signal: null })
      for (const title of TITLES)
        await card(page, title).getByText('Closed: 1001, the server is going away').waitFor()
      await page.getByRole('button', { name: 'Connect and send' }).click()
      await hears(page, /^0 of 5 are connected\. Is npm start still running\?$/)
      await close()
    } finally {
      await own.process[Symbol.asyncDispose]()
    }
  })

  for (const [title, said, detail] of [
    ['No token', '401 Unauthorized', 'www-authenticate: Bearer'],
    ['A page from elsewhere', '403 Forbidden', ''],
    ['A message that is too large', 'close 1009, the message was too big', '1,048,576 are allowed'],
    ['An ordinary request', '426 Upgrade Required', 'upgrade: websocket'],
    ['A version from 2011', '426 Upgrade Required', 'sec-websocket-version: 13'],
  ] as const) {
    it(`PG-25 shows a refusal: ${title}`, () =>
      onPage(async (page) => {
        await page.getByRole('button', { name: `Try it: ${title}` }).click()
        await hears(page, new RegExp(`^${title}: all five servers said ${said}\\.$`))
        const refusal = card(page, title)
        const who = (await refusal.getByRole('rowheader').allTextContents()).join(', ').split(', ')
        assert.deepEqual(who.toSorted(), TITLES.toSorted())
        for (const text of await refusal.locator('td.said').allTextContents()) assert.equal(text, said)
        for (const text of await refusal.locator('td.detail').allTextContents())
          assert.ok(text.includes(detail), text)
      }))
  }

  it('PG-26 can be used by keyboard alone, from the first key to the last button', () =>
    onPage(async (page) => {
      await tabTo(page, 'Skip to the message')
      await page.keyboard.press('Enter')
      await tabTo(page, 'Message')
      await page.keyboard.press('ControlOrMeta+A')
      await page.keyboard.type('by keyboard')
      await page.keyboard.press('Enter')
      await hears(page, /^All five sent back exactly what was sent \(text, 11 bytes\)/)
      await tabTo(page, 'Text')
      await page.keyboard.press('ArrowRight')
      assert.equal(await page.getByRole('radio', { name: 'Bytes' }).isChecked(), true)
      await tabTo(page, 'Send to all five')
      await page.keyboard.press('Space')
      await hears(page, /^All five sent back exactly what was sent \(11 bytes\)/)
      await tabTo(page, 'Log of node:http')
      await tabTo(page, 'Disconnect Fastify 5')
      await page.keyboard.press('Enter')
      await page.getByText('Closed: 1000, as agreed').waitFor()
      assert.equal(await focusedName(page), 'Reconnect Fastify 5')
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: 'Disconnect Fastify 5' }).waitFor()
      await tabTo(page, 'Try it: No token')
      await page.keyboard.press('Enter')
      await hears(page, /^No token: /)
      assert.equal(await focusedName(page), 'Try again: No token')
      await tabTo(page, 'Try it: A version from 2011')
    }))

  it('PG-27 shows where the keyboard is', () =>
    onPage(async (page) => {
      for (const name of ['Message', 'Connect and send', 'Connect Koa 3', 'Try it: No token']) {
        await tabTo(page, name)
        const outline = await page.evaluate(() => {
          const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement as Element)
          return `${outlineStyle} ${outlineWidth}`
        })
        assert.equal(outline, 'solid 2px', name)
      }
    }))

  for (const [width, options] of [
    [390, NARROW],
    [320, { viewport: { width: 320, height: 640 } }],
    [820, { viewport: { width: 820, height: 1000 } }],
  ] as const) {
    it(`PG-28 fits ${width} pixels without scrolling sideways, whatever is shown`, () =>
      onPage(async (page) => {
        await page.getByRole('textbox', { name: 'Message' }).fill('x'.repeat(1_000))
        await page.getByRole('button', { name: 'Connect and send' }).click()
        await hears(page, /^All five sent back/)
        for (const button of await page.locator('.case button').all()) await button.click()
        await page.locator('.case:last-child tbody tr').first().waitFor()
        const [content, window] = await page.evaluate(() => [
          document.documentElement.scrollWidth,
          document.documentElement.clientWidth,
        ])
        assert.equal(content, window)
      }, options))
  }

  it('PG-29 is light or dark as the visitor prefers, with text that can be read in both', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'echosession-page-'))
    t.diagnostic(`screenshots in ${folder}`)
    const brightness: number[] = []
    for (const [name, options] of [
      ['light', { colorScheme: 'light' }],
      ['dark', { colorScheme: 'dark' }],
      ['light-phone', { colorScheme: 'light', ...NARROW }],
      ['dark-phone', { colorScheme: 'dark', ...NARROW }],
    ] as const) {
      await onPage(async (page) => {
        await page.getByRole('button', { name: 'Connect and send' }).click()
        await hears(page, /^All five sent back/)
        await page.getByRole('button', { name: 'Try it: No token' }).click()
        await hears(page, /^No token: /)
        await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
        const { background, least } = await page.evaluate(readContrast)
        assert.ok(least.ratio >= 4.5, `${name}: ${least.text} has a contrast of ${least.ratio.toFixed(2)}`)
        brightness.push(background)
      }, options)
    }
    const [light = 0, dark = 1] = brightness
    assert.ok(light > 0.8 && dark < 0.1, `the pages are ${light} and ${dark} bright`)
  })

  it('PG-30 works under its other name, localhost', () =>
    onPage(
      async (page) => {
        await page.getByRole('button', { name: 'Connect and send' }).click()
        await hears(page, /^All five sent back/)
      },
      {},
      playground.url.replace('127.0.0.1', 'localhost'),
    ))

  it('PG-31 cannot be done from a page of another origin: the browser gets 403 and tells it 1006', async () => {
    const stranger = createServer((_request, response) => {
      response.setHeader('Content-Type', 'text/html')
      response.end('<!doctype html><title>A stranger</title><link rel="icon" href="data:,">')
    })
    stranger.listen(0, '127.0.0.1')
    await once(stranger, 'listening')
    const address = stranger.address()
    const port = typeof address === 'object' ? address?.port : 0
    const base = Number(new URL(playground.url).port)
    const { page, complaints, close } = await openPage(browser, `http://127.0.0.1:${port}/`)
    const codes = await page.evaluate(
      (ports) =>
        Promise.all(
          ports.map(
            (demo) =>
              new Promise<number>((resolve) => {
                const webSocket = new WebSocket(`ws://127.0.0.1:${demo}/ws`)
                webSocket.addEventListener('open', () => resolve(0))
                webSocket.addEventListener('close', ({ code }) => resolve(code))
              }),
          ),
        ),
      [1, 2, 3, 4, 5].map((offset) => base + offset),
    )
    assert.deepEqual(codes, [1006, 1006, 1006, 1006, 1006])
    assert.equal(complaints.filter((text) => /Unexpected response code: 403/.test(text)).length, 5)
    await close()
    stranger.close()
  })
})

/** Runs in the page: the brightness of its background, and the text that stands out least from what is behind it. */
function readContrast(): {
  readonly background: number
  readonly least: { readonly text: string; readonly ratio: number }
} {
  const luminance = (colour: string) => {
    const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
      const share = Number(part) / 255
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const behind = (element: Element | null): string => {
    if (element === null) return getComputedStyle(document.body).backgroundColor
    const { backgroundColor } = getComputedStyle(element)
    return backgroundColor === 'rgba(0, 0, 0, 0)' ? behind(element.parentElement) : backgroundColor
  }
  let least = { text: '', ratio: 21 }
  for (const element of document.querySelectorAll(
    'h1, h2, h3, p, label, legend, button, span, th, td, code',
  )) {
    const isBare = [...element.childNodes].every(
      (node) => node.nodeType !== Node.TEXT_NODE || !node.textContent?.trim(),
    )
    if (isBare || element.closest('[aria-disabled="true"], .visually-hidden, .skip') !== null) continue
    const [one, other] = [luminance(getComputedStyle(element).color), luminance(behind(element))]
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
    if (ratio < least.ratio) least = { text: element.textContent ?? '', ratio }
  }
  return { background: luminance(getComputedStyle(document.body).backgroundColor), least }
}
