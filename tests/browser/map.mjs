// The page "Activities and skills" in an LMS's iframe. Started by test_map.py.
import { axe, done, equal, ok, open as openPage, picture, test, withBrowser } from './lib.mjs'

const config = JSON.parse(process.argv[2])
const FRAME_MARGIN = 34 // the stand-in's page around its iframe
const LINK = /^activities and skills$/i

async function openMap (context, options) {
  const all = await openPage(context, config, config.teacher, options)
  const { frame } = all
  await frame.locator('a, form button').filter({ hasText: LINK }).first().click()
  await frame.locator('h1').filter({ hasText: LINK }).waitFor()
  await frame.waitForLoadState('load')
  return all
}

const fits = async frame => {
  const wide = await frame.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth])
  ok(wide[0] <= wide[1], `the page is ${wide[0]} px wide in a frame of ${wide[1]}`)
}

const unfold = frame => frame.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = true }))

for (const width of [360, 800]) {
  for (const dark of [false, true]) {
    const name = `${width}${dark ? '-dark' : ''}`
    await test(`list, one activity and tags at ${width} px${dark ? ', dark' : ''}: axe finds nothing, nothing overflows`, async () => {
      await withBrowser({ width: width + FRAME_MARGIN, dark }, async context => {
        const { page, frame, seen } = await openMap(context)
        await fits(frame)
        await picture(page, frame, `${config.out}/map-${name}.png`)
        await unfold(frame)
        await fits(frame)
        equal(await axe(frame), [], 'axe')
        await frame.locator('a').filter({ hasText: /^\d+ questions$/ }).first().click()
        await frame.locator('h2').filter({ hasText: /^\d+ questions$/ }).waitFor()
        await frame.waitForLoadState('load')
        await fits(frame)
        await picture(page, frame, `${config.out}/map-one-${name}.png`)
        await unfold(frame)
        equal(await axe(frame), [], 'axe')
        await frame.locator('a').filter({ hasText: /^all activities$/i }).click()
        await frame.locator('a').filter({ hasText: /^tags and outcomes/i }).click()
        await frame.locator('h2').filter({ hasText: /^tags and outcomes$/i }).waitFor()
        await frame.waitForLoadState('load')
        await unfold(frame)
        await fits(frame)
        equal(await axe(frame), [], 'axe')
        await picture(page, frame, `${config.out}/map-tags-${name}.png`)
        equal(seen.problems, [], 'console')
      })
    })
  }
}

// Choose a skill for the first activity of the page, and take it back.
async function tieAndTakeBack (frame) {
  const card = frame.locator('li.card').first()
  await card.locator('details').filter({ hasText: /choose a skill/i }).locator('summary').click()
  await card.locator('select[name=skill]').selectOption('SYS-COUNT')
  await card.locator('button[name=choose]').click()
  const said = frame.locator('.notice').filter({ hasText: /tells about .How many solutions a system has. now/ })
  await said.waitFor()
  ok(await frame.locator('li.card').first().locator('.tie', { hasText: 'How many solutions a system has' }).count() === 1, 'no tie on the card')
  await said.locator('button').click()
  await frame.locator('.notice').filter({ hasText: /was taken back/ }).waitFor()
  equal(await frame.locator('li.card').first().locator('.tie', { hasText: 'How many solutions a system has' }).count(), 0, 'ties')
}

await test('a tie by a choice, and back', async () => {
  await withBrowser({}, async context => {
    const { frame } = await openMap(context)
    await tieAndTakeBack(frame)
  })
})

await test('the same with scripts off', async () => {
  await withBrowser({ scripts: false }, async context => {
    const { frame } = await openMap(context, { scripts: false })
    await tieAndTakeBack(frame)
  })
})

await test('the same with all cookies blocked', async () => {
  await withBrowser({ cookies: false }, async context => {
    const all = await openPage(context, config, config.teacher)
    await all.frame.locator('form button.primary').first().click()
    await all.frame.locator('form button').filter({ hasText: LINK }).first().click()
    await all.frame.locator('h1').filter({ hasText: LINK }).waitFor()
    await tieAndTakeBack(all.frame)
  })
})

await test('a suggestion is tied with one tap, another refused', async () => {
  await withBrowser({ width: 360 + FRAME_MARGIN }, async context => {
    const { frame, page } = await openMap(context)
    await frame.locator('a').filter({ hasText: /^with a suggestion/i }).click()
    await frame.locator('[aria-current]').filter({ hasText: /^with a suggestion/i }).waitFor()
    await frame.waitForLoadState('load')
    await picture(page, frame, `${config.out}/map-suggestions-360.png`)
    equal(await axe(frame), [], 'axe')
    const card = frame.locator('li.card').first()
    const title = await card.locator('h3').innerText()
    await card.locator('button[name=tie]').first().click()
    await frame.locator('.notice').filter({ hasText: title }).waitFor()
  })
})

await done()
