// "What opens when" in an LMS's iframe: choose, click, switch on, open by hand. Started by
// test_openings.py with a JSON configuration.
import { axe, done, equal, ok, open as openPage, picture, test, withBrowser } from './lib.mjs'

const config = JSON.parse(process.argv[2])
const FRAME_MARGIN = 34 // the stand-in's page around its iframe
const open = (context, url, options) => openPage(context, config, url, options)

async function sound(page, frame, seen, name) {
  const wide = await frame.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth])
  ok(wide[0] <= wide[1], `${name} is ${wide[0]} px wide in a frame of ${wide[1]}`)
  await frame.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = true }))
  equal(await axe(frame), [], 'axe')
  await picture(page, frame, `${config.out}/${name}.png`)
  await frame.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = false }))
  equal(seen.problems, [], 'console')
}

async function wizard(context, name, options) {
  const { page, frame, seen } = await open(context, config.teacher, options)
  const asked = frame.locator('form[action*="/lti/continue"] button').first()
  if (options && await asked.count()) await asked.click()
  await frame.locator('a, form button').filter({ hasText: /^what opens when$/i }).first().click()
  await frame.locator('h1').filter({ hasText: /what opens when/i }).waitFor()
  if (!options) await sound(page, frame, seen, `${name}-list`)
  await frame.locator('#new-unit').selectOption('numbers')
  await frame.locator('#new-percent').fill('50')
  await frame.locator('#new-target').selectOption({ label: 'Quiz 2: Variables and expressions' })
  await frame.locator('input[name=way][value=group]').check()
  await frame.locator('button[value=add]').click()
  await frame.locator('h2').filter({ hasText: /what to click/i }).waitFor()
  ok(/Waymark: Numbers, 50 %/.test(await frame.locator('body').innerText()), 'no group named')
  if (!options) await sound(page, frame, seen, `${name}-draft`)
  await frame.locator('button[value=activate]').click()
  await frame.locator('p[role=status]').filter({ hasText: /^switched on$/i }).waitFor()
  return { page, frame, seen }
}

for (const width of [360, 800]) {
  for (const dark of [false, true]) {
    await test(`the wizard at ${width} px${dark ? ', dark' : ''}: axe finds nothing`, async () => {
      await withBrowser({ width: width + FRAME_MARGIN, dark }, async context => {
        const name = `gates-${width}${dark ? '-dark' : ''}`
        const { page, frame, seen } = await wizard(context, name)
        // The last one is far from it: the rule does not get there first.
        const last = frame.locator('form').filter({ hasText: /open it for them/i }).last()
        const who = await last.getAttribute('aria-label')
        await last.locator('button').dispatchEvent('click')
        const own = frame.locator('li').filter({ hasText: who }).filter({ hasText: /by hand/i })
        await own.waitFor({ state: 'attached', timeout: 60000 })
        // While jobs run the page loads itself again; axe looks when they are done.
        await frame.locator('html:not(:has(meta[http-equiv=refresh]))').waitFor({ state: 'attached', timeout: 60000 })
        await sound(page, frame, seen, `${name}-on`)
        await own.locator('a').first().dispatchEvent('click')
        await frame.locator('#h-opens').waitFor()
        ok(/Shut it/.test(await frame.locator('body').innerText()), 'nothing to press for this student')
        await sound(page, frame, seen, `${name}-person`)
      })
    })
  }
}

await test('the wizard without scripts and with every cookie of the tool blocked', async () => {
  await withBrowser({ width: 360 + FRAME_MARGIN, scripts: false, blocked: config.toolHost }, async context => {
    const { frame } = await wizard(context, 'gates-bare', { scripts: false })
    ok(!/[?&]opening=/.test(frame.url()), 'an address instead of a form')
    await frame.locator('button[value=pause]').click()
    await frame.locator('p[role=status]').filter({ hasText: /^paused$/i }).waitFor()
  })
})

await done()
