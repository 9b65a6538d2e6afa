// LMS and tool on two sites, cookies of other sites blocked: everything works in the iframe, with
// platform storage, without it, and with scripts off (LTI.md 1.5 to 1.8, PS-7 to PS-9). Started
// by test_sites.py; the configuration is in ways.mjs.
import { axe, done, equal, ok, picture, test, toolFrame, withBrowser } from './lib.mjs'
import { config, enter, left, log, NO_OTHERS, NO_TOOL_COOKIES, offer, open, press, shown, text } from './ways.mjs'

// Deep Linking in the frame: a teacher ticks two things, and the course has them.
async function pick (context, options, name) {
  const { page, frame } = await enter(context, config.teacher + '&message=dl', options)
  const boxes = frame.locator('input[type=checkbox][name=item]')
  await boxes.nth(0).check()
  await boxes.nth(1).check()
  await picture(page, frame, `${config.out}/${name}-pick.png`)
  await press(frame, /add to the course/i)
  if (options.scripts === false) { // WIN-2
    await frame.getByText('load the page of your course again').waitFor()
    await press(frame, /go on/i)
  }
  await page.frameLocator('iframe#tool').getByText('2 link(s) added').waitFor()
}

// Launch, panel, navigation, a form that acts; then the teacher, who sees what it did, and adds
// to the course.
async function walk (context, options, name) {
  const student = await enter(context, config.student, options)
  const { frame } = student
  ok(await frame.locator('.cards > li').count() >= 3, 'no recommendations: ' + (await text(frame)).slice(0, 200))
  await picture(student.page, frame, `${config.out}/${name}-panel.png`)
  await press(frame, /more choices/i)
  await shown(frame, /choices/i)
  await press(frame, /back/i)
  await frame.locator('details.say').first().waitFor()
  await frame.locator('details.say summary').first().click()
  await frame.locator('details.say form button').first().click()
  await shown(frame, /teacher/i)
  await frame.waitForLoadState('load')
  ok(!/[?&]s=/.test(frame.url()), 'a secret in the address')
  await picture(student.page, frame, `${config.out}/${name}-asked.png`)
  const teacher = await enter(context, config.teacher, options)
  const said = teacher.frame.locator('section[aria-labelledby="h-said"]')
  ok(/asks for help/.test(await said.innerText()), 'the teacher does not see it')
  await picture(teacher.page, teacher.frame, `${config.out}/${name}-course.png`)
  await said.locator('button').first().click()
  await said.waitFor({ state: 'detached' })
  await pick(context, options, name)
  return { student, teacher }
}

await test('cookies of other sites are really blocked', async () => {
  await offer(null)
  await withBrowser(NO_OTHERS, async context => {
    const { frame } = await open(context, config.student)
    const kept = await frame.evaluate(() => {
      document.cookie = 'plain=1; SameSite=None; Secure; Path=/'
      document.cookie = 'apart=1; SameSite=None; Secure; Path=/; Partitioned'
      return document.cookie
    })
    ok(!/plain/.test(kept), 'a cookie without a partition was kept')
    ok(/apart/.test(kept), 'a partitioned cookie was not kept')
  })
  await withBrowser(NO_TOOL_COOKIES, async context => {
    const { page, frame } = await open(context, config.student)
    const write = () => { document.cookie = 'apart=1; SameSite=None; Secure; Path=/; Partitioned'; return document.cookie }
    equal(await frame.evaluate(write).catch(() => ''), '', 'cookies of the tool')
    ok(/apart/.test(await page.evaluate(write)), 'the LMS keeps no cookies either')
  })
})

for (const target of ['_parent', 'post_message_forwarding']) {
  await test(`(a) storage in ${target}, no cookies: it knows the browser, nobody is asked`, async () => {
    await offer(target)
    await withBrowser(NO_TOOL_COOKIES, async context => {
      const { student, teacher } = await walk(context, {}, 'a-storage-' + target.replace(/\W/g, ''))
      for (const way of [student, teacher]) {
        ok(!way.asked, 'asked for a click')
        ok(way.seen.posts.includes('/lti/prove') && !way.seen.posts.includes('/lti/continue'), 'went ' + way.seen.posts)
        const said = await log(way.page)
        equal(said.map(m => m.verb), ['put_data', 'get_data', 'put_data'], 'messages')
        equal(said.map(m => m.value === undefined ? 'none' : m.value && m.value.length), [43, 'none', null], 'values')
        equal(new Set(said.map(m => m.key)).size, 1, 'keys')
        equal(new Set(said.map(m => m.origin)).size, 1, 'origins')
        equal(JSON.parse(await left(way.page)), {}, 'left in storage')
      }
      equal(student.seen.problems, [], 'console')
    })
  })
}

await test('(a) storage, cookies of other sites blocked: the partitioned cookie is enough', async () => {
  await offer('_parent')
  await withBrowser(NO_OTHERS, async context => {
    const { student } = await walk(context, {}, 'a-partitioned')
    ok(!student.asked && !student.seen.posts.includes('/lti/prove'), 'went ' + student.seen.posts)
    equal((await log(student.page)).map(m => m.verb), ['put_data', 'put_data'], 'messages')
    equal(JSON.parse(await left(student.page)), {}, 'left in storage')
  })
})

await test('(b) no storage, cookies of other sites blocked: the partitioned cookie carries it', async () => {
  await offer(null)
  await withBrowser(NO_OTHERS, async context => {
    const { student } = await walk(context, {}, 'b-partitioned')
    ok(!student.asked, 'asked for a click')
  })
})

await test('(b) no storage and no cookies at all: "Continue as", then forms', async () => {
  await offer(null)
  await withBrowser(NO_TOOL_COOKIES, async context => {
    const { student, teacher } = await walk(context, {}, 'b-continue')
    ok(student.asked && teacher.asked, 'nobody was asked')
  })
})

for (const [target, blocked, name, asked] of [
  [null, NO_OTHERS, 'c-noscript', false],
  ['_parent', NO_OTHERS, 'c-noscript-offered', false],
  [null, NO_TOOL_COOKIES, 'c-noscript-no-cookies', true],
  ['_parent', NO_TOOL_COOKIES, 'c-noscript-offered-no-cookies', true]
]) {
  const what = `${target ? 'storage offered' : 'no storage'}, ${asked ? 'no cookies' : 'cookies of other sites blocked'}`
  await test(`(c) scripts off, ${what}`, async () => {
    await offer(target)
    await withBrowser({ ...blocked, scripts: false }, async context => {
      const { student } = await walk(context, { scripts: false }, name)
      equal(student.asked, asked, 'asked')
    })
  })
}

await test('the page that waits for storage: axe finds nothing', async () => {
  await offer('_parent', { do: 'silent' })
  await withBrowser(NO_OTHERS, async context => {
    const page = await context.newPage()
    await page.addInitScript(() => { // it goes on by itself after seconds: not before axe is done
      const later = window.setTimeout
      window.setTimeout = (f, ms, ...more) => ms >= 1000 ? 0 : later(f, ms, ...more)
    })
    await page.goto(config.student)
    await page.frameLocator('iframe#tool').locator('form[action*="/lti/login"] button').waitFor()
    equal(await axe(page.frames().find(f => f.url().startsWith(config.tool))), [], 'axe')
  })
})

await test('WIN-1: from the page that waits into a new window, where cookies are our own', async () => {
  await offer('_parent', { do: 'silent' })
  await withBrowser(NO_OTHERS, async context => {
    const page = await context.newPage()
    await page.goto(config.student)
    const way = page.frameLocator('iframe#tool').locator('form[action*="/lti/login"] button')
    await way.waitFor()
    const [window] = await Promise.all([context.waitForEvent('page'), way.click()])
    const frame = await toolFrame(window, config)
    ok(await frame.locator('.cards > li').count() >= 3, (await text(frame)).slice(0, 200))
    ok(/\/panel\?l=/.test(frame.url()), 'no session with a cookie: ' + frame.url())
    equal(await window.evaluate(() => window.opener), null, 'opener')
  })
})

await test('BIND-2: "Continue as" into a new window takes the ticket along', async () => {
  await offer(null)
  await withBrowser(NO_TOOL_COOKIES, async context => {
    const { frame } = await open(context, config.student)
    equal(await axe(frame), [], 'axe')
    const [window] = await Promise.all([context.waitForEvent('page'), press(frame, /new window/i)])
    await window.locator('.cards > li').first().waitFor()
    await press(window, /more choices/i)
    await shown(window, /choices/i)
    ok(!/[?&](s|ticket)=/.test(window.url()), 'a secret in the address')
  })
})

await test('BIND-2: "Open in full window" from a partitioned cookie, and without cookies', async () => {
  await offer('_parent')
  for (const blocked of [NO_OTHERS, NO_TOOL_COOKIES]) {
    await withBrowser(blocked, async context => {
      const { frame } = await open(context, config.student)
      const [window] = await Promise.all([context.waitForEvent('page'), (async () => {
        await press(frame, /open in full window/i)
        if (blocked === NO_OTHERS) await press(frame, /open now/i)
      })()])
      await window.locator('.cards > li').first().waitFor()
      await press(window, /more choices/i)
      await shown(window, /choices/i)
      ok(!/[?&](s|ticket)=/.test(window.url()), 'a secret in the address')
    })
  }
})

await test('SES-2: student and teacher at once in one browser without cookies', async () => {
  await offer('_parent')
  await withBrowser(NO_TOOL_COOKIES, async context => {
    const student = await enter(context, config.student)
    const teacher = await enter(context, config.teacher)
    await press(student.frame, /more choices/i)
    await shown(student.frame, /choices/i)
    await press(teacher.frame, /change the map/i)
    await teacher.frame.locator('form[action*="/start"]').first().waitFor()
    ok(await student.frame.locator('form[action*="/start"]').count() === 0, 'the student sees a teacher\'s form')
  })
})

await test('the frame is told its height, as an object and as text', async () => {
  await offer(null)
  await withBrowser(NO_OTHERS, async context => {
    await context.addInitScript(() => {
      window.heights = []
      addEventListener('message', e => {
        const d = typeof e.data === 'string' && e.data[0] === '{' ? JSON.parse(e.data) : e.data
        if (d && d.subject === 'lti.frameResize') window.heights.push([typeof e.data, d.height])
      })
    })
    const { page, frame } = await open(context, config.student)
    await page.waitForFunction(() => window.heights.length >= 2)
    const [one, two] = await page.evaluate(() => window.heights)
    equal([one[0], two[0]], ['object', 'string'], 'forms')
    ok(one[1] === two[1] && one[1] >= 200 && one[1] <= 10000, 'height ' + one[1])
    await frame.locator('details').first().evaluate(d => { d.open = true })
    await page.waitForFunction(n => window.heights.length >= 4, 4)
  })
})

await done()
