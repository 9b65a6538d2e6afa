// The tool in an LMS's iframe, as people see it. Started by test_pages.py with a JSON
// configuration: { lms, tool, student, teacher, out }.
import { axe, done, equal, ok, open as openPage, picture, test, toolFrame, withBrowser } from './lib.mjs'

const config = JSON.parse(process.argv[2])
const FRAME_MARGIN = 34 // the stand-in's page around its iframe
const open = (context, url, options) => openPage(context, config, url, options)

for (const [who, url] of [['student', config.student], ['teacher', config.teacher]]) {
  for (const width of [360, 800]) {
    for (const dark of [false, true]) {
      await test(`${who} at ${width} px${dark ? ', dark' : ''}: axe finds nothing, nothing overflows`, async () => {
        await withBrowser({ width: width + FRAME_MARGIN, dark }, async context => {
          const { page, frame, seen } = await open(context, url)
          const wide = await frame.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth])
          ok(wide[0] <= wide[1], `the page is ${wide[0]} px wide in a frame of ${wide[1]}`)
          await frame.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = true }))
          equal(await axe(frame), [], 'axe')
          await frame.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = false }))
          equal(seen.problems, [], 'console')
          await picture(page, frame, `${config.out}/${who}-${width}${dark ? '-dark' : ''}.png`)
        })
      })
    }
  }
}

// Pages behind the first one, by the text of the link or button that leads there.
for (const [who, url, ways] of [
  ['student', config.student, [/more choices/i, /what is stored/i]],
  ['teacher', config.teacher, [/noah nguyen/i, /change the map/i, /see it as a student/i]]
]) {
  for (const way of ways) {
    await test(`${who}, behind "${way.source}": axe finds nothing at 360 px`, async () => {
      await withBrowser({ width: 360 + FRAME_MARGIN }, async context => {
        const { page, frame, seen } = await open(context, url)
        const before = frame.url()
        await frame.locator('a, form button').filter({ hasText: way }).first().click()
        await frame.waitForURL(u => String(u) !== before)
        await frame.waitForLoadState('load')
        const wide = await frame.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth])
        ok(wide[0] <= wide[1], `the page is ${wide[0]} px wide in a frame of ${wide[1]}`)
        await frame.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = true }))
        equal(await axe(frame), [], 'axe')
        equal(seen.problems, [], 'console')
        await picture(page, frame, `${config.out}/${who}-${way.source.replace(/\W+/g, '-')}-360.png`)
      })
    })
  }
}

await test('the console asks the LMS and shows what came back; axe finds nothing at 360 px', async () => {
  await withBrowser({ width: 360 + FRAME_MARGIN }, async context => {
    const { page, frame, seen } = await open(context, config.teacher)
    await frame.locator('a').filter({ hasText: /services of the learning site/i }).click()
    await frame.waitForURL(/\/console/)
    await frame.locator('button').filter({ hasText: /fetch members/i }).click()
    await frame.locator('h2').filter({ hasText: /fetch members: done/i }).waitFor({ timeout: 30000 })
    ok(/Bearer \(hidden\)/.test(await frame.locator('body').innerText()), 'no request shown')
    const wide = await frame.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth])
    ok(wide[0] <= wide[1], `the page is ${wide[0]} px wide in a frame of ${wide[1]}`)
    equal(await axe(frame), [], 'axe')
    equal(seen.problems, [], 'console')
    await picture(page, frame, `${config.out}/teacher-console-360.png`)
  })
})

await test('scores that were edited or refused in the LMS; axe finds nothing at 360 px', async () => {
  await withBrowser({ width: 360 + FRAME_MARGIN }, async context => {
    const { page, frame, seen } = await open(context, config.teacher)
    await frame.locator('a').filter({ hasText: /^scores in the learning site$/i }).click()
    await frame.waitForURL(/\/scores/)
    const text = await frame.locator('body').innerText()
    ok(/We leave it\./.test(text), 'no edited score')
    ok(/The column/.test(text), 'no word on the column')
    const wide = await frame.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth])
    ok(wide[0] <= wide[1], `the page is ${wide[0]} px wide in a frame of ${wide[1]}`)
    equal(await axe(frame), [], 'axe')
    await picture(page, frame, `${config.out}/teacher-scores-360.png`)
    await frame.locator('button').filter({ hasText: /write it again/i }).first().click()
    await frame.locator('li').filter({ hasText: /We leave it\./ }).waitFor({ state: 'detached', timeout: 30000 })
    equal(seen.problems, [], 'console')
  })
})

await test('what Waymark may do, call by call; axe finds nothing at 360 px', async () => {
  await withBrowser({ width: 360 + FRAME_MARGIN }, async context => {
    const { page, frame, seen } = await open(context, config.teacher)
    for (const path of ['/sources', '/access']) {
      await frame.locator(`a[href*="${path}?"]`).first().click()
      await frame.waitForURL(new RegExp(path))
    }
    ok(/report\/progress:view/.test(await frame.locator('body').innerText()), 'no permission shown')
    const wide = await frame.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth])
    ok(wide[0] <= wide[1], `the page is ${wide[0]} px wide in a frame of ${wide[1]}`)
    equal(await axe(frame), [], 'axe')
    equal(seen.problems, [], 'console')
    await picture(page, frame, `${config.out}/teacher-access-360.png`)
  })
})

await test('a page that refuses: axe finds nothing', async () => {
  await withBrowser({ width: 360 }, async context => {
    const page = await context.newPage()
    await page.goto(config.tool + '/lti/login?iss=https%3A%2F%2Fnobody.test%2F%3Cb%3E&login_hint=1')
    ok(/give this number: [2-9A-Z]{4}-[2-9A-Z]{4}/.test(await page.locator('body').innerText()), 'no reference')
    equal(await axe(page.mainFrame()), [], 'axe')
  })
})

await test('no request to a third party', async () => {
  await withBrowser({}, async context => {
    for (const url of [config.student, config.teacher]) {
      const { seen } = await open(context, url)
      equal([...seen.hosts].sort(), [config.lms, config.tool].sort(), 'hosts')
    }
  })
})

await test('the panel weighs at most 14 KB in all', async () => {
  await withBrowser({}, async context => {
    const { page, seen } = await open(context, config.student)
    await page.waitForTimeout(300)
    const own = seen.sizes.filter(s => !/\/lti\//.test(s.url))
    const total = own.reduce((n, s) => n + s.bytes, 0)
    console.log('# ' + own.map(s => `${new URL(s.url).pathname} ${s.bytes}`).join(', ') + ` = ${total} bytes`)
    ok(own.length > 0 && total <= 14 * 1024, `${total} bytes`)
  })
})

await test('a student sees what to do next and why', async () => {
  await withBrowser({}, async context => {
    const { frame } = await open(context, config.student)
    const cards = frame.locator('.cards > li')
    ok(await cards.count() >= 3, `${await cards.count()} recommendations`)
    const links = await frame.locator('.cards a[href]').evaluateAll(a => a.map(x => x.href))
    ok(links.some(l => l.startsWith(config.lms + '/mod/')), 'no link to an activity: ' + links)
    const why = frame.locator('.cards details').first()
    await why.locator('summary').click()
    ok((await why.innerText()).length > 40, 'no reason')
    const text = (await frame.locator('body').innerText()).toLowerCase()
    for (const word of ['at risk', 'risk score', 'class average', 'failing']) {
      ok(!text.includes(word), `a student reads "${word}"`)
    }
  })
})

await test('a recommendation opens its activity', async () => {
  await withBrowser({}, async context => {
    const { page, frame } = await open(context, config.student)
    const link = frame.locator('.cards a[href^="' + config.lms + '"]').first()
    const [other] = await Promise.all([
      Promise.race([context.waitForEvent('page'), page.waitForEvent('framenavigated')]),
      link.click()
    ])
    ok(other, 'nothing opened')
  })
})

await test('what a student asks stands on the teacher\'s page until it is done', async () => {
  await withBrowser({ width: 360 + FRAME_MARGIN }, async context => {
    const asked = await open(context, config.student)
    const form = asked.frame.locator('details.say').first()
    await form.locator('summary').click()
    await form.locator('form button').click()
    await asked.frame.waitForURL(/\/decide/)
    const { frame } = await open(context, config.teacher)
    const said = frame.locator('section[aria-labelledby="h-said"]')
    ok(/asks for help/.test(await said.innerText()), 'the teacher does not see it')
    equal(await axe(frame), [], 'axe')
    await said.locator('button').first().click()
    await said.waitFor({ state: 'detached' })
  })
})

await test('scripts off: the panel opens and its ways work', async () => {
  await withBrowser({ scripts: false }, async context => {
    const { frame } = await open(context, config.student, { scripts: false })
    ok(await frame.locator('.cards > li').count() >= 3, 'no recommendations')
    await frame.locator('form button, a').filter({ hasText: /more choices/i }).first().click()
    await frame.waitForURL(/\/choices/)
    ok(await frame.locator('main#main').count() === 1, 'the page behind "More choices" is missing')
  })
})

await test('cookies blocked: "Continue as", then everything by POST', async () => {
  await withBrowser({ cookies: false }, async context => {
    const { page, frame } = await open(context, config.student)
    ok(/Continue as/.test(await frame.locator('body').innerText()), 'not asked')
    equal(await axe(frame), [], 'axe')
    await frame.locator('form[action*="/lti/continue"] button').first().click()
    await frame.locator('.cards > li').first().waitFor()
    ok(!/[?&]s=/.test(frame.url()), 'a secret in the address')
    await frame.locator('form button, a').filter({ hasText: /more choices/i }).first().click()
    await frame.waitForURL(/\/choices/)
    ok(await frame.locator('main#main').count() === 1, 'no page')
    ok(!/expired/i.test(await frame.locator('body').innerText()), 'the session was lost')
    await page.close()
  })
})

await test('third-party cookies blocked: partitioned cookies carry the session', async () => {
  await withBrowser({ thirdParty: false }, async context => {
    const { frame } = await open(context, config.student)
    ok(await frame.locator('.cards > li').count() >= 3, 'no panel: ' +
      (await frame.locator('body').innerText()).slice(0, 200))
  })
})

await test('two people in two tabs do not mix', async () => {
  await withBrowser({}, async context => {
    const one = await open(context, config.student)
    const two = await open(context, config.teacher)
    await one.page.reload()
    const again = await toolFrame(one.page, config)
    ok(await again.locator('.cards').count() === 1, 'the student lost the panel')
    ok(await two.frame.locator('.cards').count() === 0, 'the teacher sees a panel')
  })
})

await test('the page prints without its buttons', async () => {
  await withBrowser({}, async context => {
    const { page, frame } = await open(context, config.student)
    await page.emulateMedia({ media: 'print' })
    const shown = await frame.locator('button:visible').count()
    equal(shown, 0, 'buttons on paper')
  })
})

await done()
