// What the browser tests share: Chromium, the way from a course page to the tool's frame,
// axe, and results one a line ("ok - name" or "not ok - name: why").
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const require = createRequire(import.meta.url)
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

const ARGS = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage']
if (process.getuid() === 0) ARGS.push('--no-sandbox')

let shared = null // one Chromium for all but those with a profile of their own

const launching = {
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  headless: true,
  args: ARGS
}

// A fresh browser context. cookies: false blocks all cookies, thirdParty: false those of other
// sites, as a person or an administrator may; both need a Chromium and a profile of their own.
export async function withBrowser (options, use) {
  const wanted = {
    ignoreHTTPSErrors: true,
    javaScriptEnabled: options.scripts !== false,
    viewport: { width: options.width || 900, height: 900 },
    colorScheme: options.dark ? 'dark' : 'light'
  }
  if (options.cookies === undefined && options.thirdParty === undefined) {
    shared = shared || await chromium.launch(launching)
    await within(await shared.newContext(wanted), use)
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'wm-chromium-'))
  const prefs = { profile: { block_third_party_cookies: options.thirdParty === false } }
  if (options.cookies === false) prefs.profile.default_content_setting_values = { cookies: 2 }
  mkdirSync(join(folder, 'Default'))
  writeFileSync(join(folder, 'Default', 'Preferences'), JSON.stringify(prefs))
  try {
    await within(await chromium.launchPersistentContext(folder, { ...launching, ...wanted }), use)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function within (context, use) {
  context.setDefaultTimeout(20000)
  try {
    await use(context)
  } finally {
    await context.close()
  }
}

// The tool's frame on a course page, once it shows a page of ours. Where scripts are off, the
// person presses the LMS's buttons.
export async function toolFrame (page, config, { scripts = true } = {}) {
  for (let i = 0; i < 400; i++) {
    const frame = page.frames().find(f => f.url().startsWith(config.tool) && !f.url().includes('/lti/login'))
    if (frame && await frame.locator('main#main').count().catch(() => 0)) return frame
    if (!scripts) {
      const inner = page.frames().find(f => f !== page.mainFrame())
      const button = inner && inner.locator('form#f button')
      if (button && await button.count().catch(() => 0)) await button.click().catch(() => {})
    }
    await page.waitForTimeout(50)
  }
  throw new Error('the tool did not open; frames: ' + page.frames().map(f => f.url()).join(' '))
}

// What axe finds in a frame, as text.
export async function axe (frame) {
  await frame.evaluate(axeSource)
  const found = await frame.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  return found.violations.map(v => `${v.id}: ${v.help} (${v.nodes.map(n => n.target.join(' ')).slice(0, 3).join('; ')})`)
}

let failed = 0
export async function test (name, run) {
  try {
    await run()
    console.log('ok - ' + name)
  } catch (e) {
    failed++
    console.log('not ok - ' + name + ': ' + String(e && e.message || e).replace(/\n/g, ' | ').slice(0, 2000))
  }
}

export async function done () {
  if (shared) await shared.close()
  process.exit(failed ? 1 : 0)
}

export function equal (actual, wanted, what = '') {
  const a = JSON.stringify(actual)
  const w = JSON.stringify(wanted)
  if (a !== w) throw new Error(`${what} is ${a}, not ${w}`)
}

export function ok (value, what) {
  if (!value) throw new Error(what)
}
