// LMS and tool on two sites, cookies of other sites blocked: everything works in the iframe, with
// platform storage, without it, and with scripts off (LTI.md 1.5 to 1.8, PS-1 to PS-9). Started
// by test_sites.py with a JSON configuration:
// { lms, tool, toolHost, control, student, teacher, out }.
import { axe, done, equal, ok, open as openPage, picture, test, toolFrame, withBrowser } from './lib.mjs'

const config = JSON.parse(process.argv[2])
const open = (context, url, options) => openPage(context, config, url, options)
const text = frame => frame.locator('body').innerText()
const asks = async frame => /Continue as/.test(await text(frame))

// What the stand-in offers from now on: which window keeps values, and how it answers.
async function offer (target, how = null) {
  const r = await fetch(config.control, {
    method: 'POST', body: JSON.stringify({ storage_target: target, storage: how })
  })
  ok(r.ok, 'the stand-in took no order')
}

const press = (frame, what) => frame.locator('form button, a').filter({ hasText: what }).first().click()
const shown = (frame, what) => frame.locator('h1').filter({ hasText: what }).first().waitFor()
const log = page => page.evaluate(() => window.storageLog || [])
const left = page => page.evaluate(origin => localStorage.getItem('lti|' + origin), config.tool)

// The person confirms, if asked.
async function enter (context, url, options) {
  const { page, frame, seen } = await open(context, url, options)
  const asked = await asks(frame)
  if (asked) {
    await press(frame, /Continue as/)
    await frame.locator('form[action*="/lti/continue"]').waitFor({ state: 'detached' })
    await frame.locator('h1').waitFor()
  }
  await frame.waitForLoadState('load')
  return { page, frame, seen, asked }
}

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

const NO_TOOL_COOKIES = { blocked: config.toolHost }
const NO_OTHERS = { thirdParty: false }

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

// I113, PS-4, PS-5: what a platform does wrong leads to the same launch with a click, within the time.
for (const how of [
  { do: 'silent', on: 'get_data' }, { do: 'silent' }, { do: 'wrong_id' }, { do: 'string', on: 'get_data' },
  { do: 'error' }, { do: 'error', on: 'get_data', code: 'unauthorized' }, { do: 'none' },
  { do: 'late', on: 'get_data', seconds: 3 }, { do: 'wrong_source', on: 'get_data' }, { do: 'wrong_origin' }
]) {
  await test(`I113, ${how.do} on ${how.on || 'both'}: the person is asked, in time`, async () => {
    await offer('post_message_forwarding', how)
    await withBrowser(NO_TOOL_COOKIES, async context => {
      const times = {}
      context.on('request', r => {
        const path = new URL(r.url()).pathname
        if (r.method() === 'POST' && path.startsWith('/lti/')) times[path] = Date.now()
      })
      const { page, frame, asked } = await enter(context, config.student)
      ok(asked, 'nobody was asked: ' + (await text(frame)).slice(0, 200))
      ok(times['/lti/launch'] - times['/lti/login'] < 6000, 'the way out took ' + (times['/lti/launch'] - times['/lti/login']))
      ok(times['/lti/prove'] - times['/lti/launch'] < 6000, 'the way back took ' + (times['/lti/prove'] - times['/lti/launch']))
      if (how.do === 'late') await page.waitForTimeout(1500)
      ok(await frame.locator('.cards > li').count() >= 3, 'no panel')
    })
  })
}

// I114
for (const how of ['other', 'long']) {
  await test(`I114, the platform gives back ${how === 'other' ? 'another' : 'a longer'} value: refused`, async () => {
    await offer('_parent', { do: how })
    await withBrowser(NO_TOOL_COOKIES, async context => {
      const { frame, seen } = await open(context, config.student)
      ok(/started in another browser/.test(await text(frame)), (await text(frame)).slice(0, 200))
      ok(!seen.posts.includes('/lti/continue'), 'went ' + seen.posts)
    })
  })
}

await test('PS-2, the named frame is missing: its window is asked', async () => {
  await offer('post_message_forwarding', { do: 'missing' })
  await withBrowser(NO_TOOL_COOKIES, async context => {
    const { asked, page } = await enter(context, config.student)
    ok(!asked, 'asked for a click')
    equal((await log(page)).map(m => m.verb), ['put_data', 'get_data', 'put_data'], 'messages')
  })
})

await test('PS-2, the named frame is silent: its window is asked next', async () => {
  await offer('post_message_forwarding', { do: 'silent', around: true })
  await withBrowser(NO_TOOL_COOKIES, async context => {
    const { asked } = await enter(context, config.student)
    ok(!asked, 'asked for a click')
  })
})

await test('PS-1, opened in a window of its own: the opener keeps the value', async () => {
  await offer('_parent')
  await withBrowser(NO_TOOL_COOKIES, async context => {
    const course = await context.newPage()
    await course.goto(config.student + '&embed=no')
    const [window] = await Promise.all([context.waitForEvent('page'), course.locator('a#open').click()])
    const frame = await toolFrame(window, config)
    ok(await frame.locator('.cards > li').count() >= 3, (await text(frame)).slice(0, 200))
    equal((await log(course)).map(m => m.verb), ['put_data', 'get_data', 'put_data'], 'messages')
  })
})

await test('PS-5, nobody around at all: no time is lost', async () => {
  await offer('_parent')
  await withBrowser({}, async context => {
    const page = await context.newPage()
    const began = Date.now()
    await page.goto(config.launch)
    const frame = await toolFrame(page, config)
    ok(await frame.locator('.cards > li').count() >= 3, 'no panel')
    ok(Date.now() - began < 3000, `${Date.now() - began} ms`)
  })
})

await test('PS-6, what was never fetched is deleted by a later login', async () => {
  await offer('_parent')
  await withBrowser({ thirdParty: true }, async context => {
    const page = await context.newPage()
    await context.route('**/mod/lti/auth.php*', route => route.abort(), { times: 1 })
    await page.goto(config.student)
    await page.waitForFunction(() => (window.storageLog || []).length === 1)
    await page.reload()
    await toolFrame(page, config)
    equal(Object.keys(JSON.parse(await left(page))).length, 1, 'a login under way')
    await context.addInitScript(() => { const now = Date.now; Date.now = () => now() + 660000 })
    await page.reload()
    await toolFrame(page, config)
    await page.waitForFunction(origin => localStorage.getItem('lti|' + origin) === '{}', config.tool)
  })
})

await test('PS-6, full storage: still in', async () => {
  await offer('_parent')
  await withBrowser(NO_TOOL_COOKIES, async context => {
    const page = await context.newPage()
    await page.goto(config.lms)
    await page.evaluate(origin => localStorage.setItem('lti|' + origin, JSON.stringify({ k: 'x'.repeat(4094) })), config.tool)
    const { asked } = await enter(context, config.student)
    ok(asked, 'where should the value have been kept?')
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
