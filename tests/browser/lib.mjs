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
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
  // Frames of other sites in one process: when several pages follow each other quickly,
  // playwright loses track of a frame that changes its process.
  '--disable-site-isolation-trials']
if (process.getuid() === 0) ARGS.push('--no-sandbox')

let shared = null // one Chromium for all but those with a profile of their own

const launching = {
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  headless: true,
  args: ARGS
}

// A fresh browser context. cookies: false blocks all cookies, thirdParty: false those of other
// sites, blocked: HOST those of one site, as a person or an administrator may; these need a
// Chromium and a profile of their own.
export async function withBrowser (options, use) {
  const wanted = {
    ignoreHTTPSErrors: true,
    javaScriptEnabled: options.scripts !== false,
    viewport: { width: options.width || 900, height: 900 },
    colorScheme: options.dark ? 'dark' : 'light'
  }
  if (![options.cookies, options.thirdParty, options.blocked].some(o => o !== undefined)) {
    shared = shared || await chromium.launch(launching)
    await within(await shared.newContext(wanted), use)
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'wm-chromium-'))
  const prefs = { profile: { block_third_party_cookies: options.thirdParty === false, cookie_controls_mode: options.thirdParty === false ? 1 : 0 } }
  if (options.cookies === false) prefs.profile.default_content_setting_values = { cookies: 2 }
  if (options.blocked) {
    prefs.profile.content_settings = { exceptions: { cookies: { [`[*.]${options.blocked},*`]: { setting: 2 } } } }
  }
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

// The tool's frame on a course page (or a window with the tool), once it shows a page of ours
// that stays. Where scripts are off, the person presses the buttons of the LMS and ours.
export async function toolFrame (page, config, { scripts = true } = {}) {
  // A frame that goes away meanwhile may never answer.
  const count = where => Promise.race([where.count().catch(() => 0),
    new Promise(resolve => setTimeout(resolve, 1000, 0))])
  for (const end = Date.now() + 20000; Date.now() < end;) {
    for (const frame of page.frames()) {
      const ours = frame.url().startsWith(config.tool)
      if (ours && await count(frame.locator('main#main:not(:has(#storage))'))) return frame
      if (scripts) continue
      const button = frame.locator(ours ? 'a#storage, form#storage button.primary' : 'form#f button')
      if (await count(button)) await button.click({ timeout: 2000 }).catch(() => {})
    }
    await page.waitForTimeout(50)
  }
  throw new Error('the tool did not open; frames: ' + page.frames().map(f => f.url()).join(' '))
}

// A course page with the tool in it: the page, the tool's frame, and what was seen on the way.
export async function open (context, config, url, options) {
  const page = await context.newPage()
  const seen = { hosts: new Set(), problems: [], sizes: [], posts: [] }
  page.on('request', r => {
    const u = new URL(r.url())
    if (u.protocol.startsWith('http')) seen.hosts.add(u.origin)
    if (u.origin === config.tool && r.method() === 'POST') seen.posts.push(u.pathname)
  })
  page.on('console', m => {
    if (m.type() === 'error') seen.problems.push(m.text())
  })
  page.on('pageerror', e => seen.problems.push(String(e)))
  page.on('requestfinished', async r => {
    if (!r.url().startsWith(config.tool)) return
    const s = await r.sizes().catch(() => null)
    if (s) seen.sizes.push({ url: r.url(), bytes: s.responseBodySize })
  })
  await page.goto(url)
  const frame = await toolFrame(page, config, options)
  await frame.waitForLoadState('load')
  return { page, frame, seen }
}

// The whole page of the frame as a picture: the frame is made as high as its page, and the
// window higher, because what lies outside is not painted.
export async function picture (page, frame, path) {
  const box = page.locator('iframe#tool')
  const height = Math.min(6000, await frame.evaluate(
    () => Math.ceil(document.body.getBoundingClientRect().height)))
  await box.evaluate((f, h) => { f.style.height = h + 'px' }, height + 2)
  await page.setViewportSize({ width: page.viewportSize().width, height: height + 400 })
  await page.waitForTimeout(100) // painted; the page itself may have no scripts to tell
  await box.screenshot({ path })
}

// What axe finds in a frame, as text.
export async function axe (frame) {
  await frame.evaluate(axeSource)
  const found = await frame.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  return found.violations.map(v => `${v.id}: ${v.help} (${v.nodes.map(n => n.target.join(' ')).slice(0, 3).join('; ')})`)
}

// One step. ONLY in the environment picks steps by a part of their name.
let failed = 0
export async function test (name, run) {
  if (process.env.ONLY && !name.includes(process.env.ONLY)) return
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
