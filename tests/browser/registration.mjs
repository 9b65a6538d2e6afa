// Dynamic Registration in the frame of an LMS's administration page on another site, with
// scripts and without, and its approval. Steps as in pages.mjs.
import { axe, done, equal, ok, test, withBrowser } from './lib.mjs'

const config = JSON.parse(process.argv[2])

async function paste (context, url) {
  const page = await context.newPage()
  await page.goto(config.lms + '/admin/tools')
  await page.fill('input[name=toolurl]', url)
  await page.click('button')
  return page
}

// The tool's frame once `selector` is on its page, which loads itself again meanwhile.
async function frameWith (page, selector) {
  for (let i = 0; i < 400; i++) {
    const frame = page.frames().find(f => f.url().startsWith(config.tool))
    if (frame && await frame.locator(selector).count().catch(() => 0)) return frame
    await page.waitForTimeout(50)
  }
  throw new Error('the frame never had ' + selector)
}

const confirm = 'input[name=do][value=confirm]'

async function clean (frame, what) {
  const found = await axe(frame)
  equal(found, [], what)
}

await test('an administrator registers Waymark from the page of the LMS, cookies blocked', async () => {
  await withBrowser({ cookies: false }, async context => {
    const page = await paste(context, config.urls[0])
    const frame = await frameWith(page, confirm)
    await page.screenshot({ path: config.out + '/register-ask.png' })
    await clean(frame, 'the question')
    await frame.click('button.primary')
    const last = await frameWith(page, 'button[data-close]:visible')
    ok((await last.locator('ol').innerText()).includes('Activate'), 'what to do next')
    await page.screenshot({ path: config.out + '/register-done.png' })
    await clean(last, 'the result')
    equal(await page.locator('#state').innerText(), 'open', 'before the click')
    await last.click('button[data-close]')
    await page.waitForFunction(() => document.getElementById('heard').textContent.includes(' lti.close'))
    equal(await page.locator('#heard').innerText(), 'org.imsglobal.lti.close lti.close', 'both subjects')
    equal(await page.locator('#state').innerText(), 'closed', 'after the click')
  })
})

await test('the same with scripts off, dark, on a phone', async () => {
  await withBrowser({ scripts: false, dark: true, width: 360 }, async context => {
    const page = await paste(context, config.urls[1])
    const frame = await frameWith(page, confirm)
    await frame.click('button.primary')
    const last = await frameWith(page, 'ol.plain')
    ok((await last.locator('main').innerText()).includes('You may close this window'), 'plain words')
    equal(await last.locator('button:visible').count(), 0, 'buttons')
    await page.screenshot({ path: config.out + '/register-no-scripts.png' })
  })
})

await test('a person approves it with the code', async () => {
  await withBrowser({ width: 800 }, async context => {
    const page = await context.newPage()
    await page.goto(config.tool + '/approve')
    await clean(page, 'the form')
    await page.fill('#approval-code', config.code)
    await page.click('button')
    await page.waitForSelector('dl.platform')
    ok(!page.url().includes(config.code), 'the code is in the address')
    await page.screenshot({ path: config.out + '/approve.png' })
    await clean(page, 'the platform')
    await page.click('button.primary')
    ok((await page.innerText('main')).includes('Approved.'), 'not approved')
  })
})

await test('a configuration of another host is shown in red', async () => {
  await withBrowser({}, async context => {
    const page = await context.newPage()
    await page.goto(config.odd)
    await page.waitForSelector('.danger', { timeout: 20000 })
    const colour = await page.locator('.danger').evaluate(e => getComputedStyle(e).color)
    const [r, g, b] = colour.match(/\d+/g).map(Number)
    ok(r > 2 * g && r > 2 * b, 'the colour is ' + colour)
    await clean(page, 'the warning')
    await page.screenshot({ path: config.out + '/register-odd.png' })
  })
})

await done()
