// Platform storage that is done badly, or by other windows than the usual one (PS-1 to PS-6, I113,
// I114). Started by test_storage.py; the configuration is in ways.mjs.
import { done, equal, ok, test, toolFrame, withBrowser } from './lib.mjs'
import { config, enter, left, log, NO_OTHERS, NO_TOOL_COOKIES, offer, open, text } from './ways.mjs'

// I113, PS-4, PS-5: what a platform does wrong leads to the same launch with a click, within the time.
for (const how of [
  { do: 'silent', on: 'get_data' }, { do: 'silent' }, { do: 'wrong_id' }, { do: 'string', on: 'get_data' },
  { do: 'error' }, { do: 'error', on: 'get_data', code: 'unauthorized' }, { do: 'none' },
  { do: 'late', on: 'get_data', seconds: 3 }, { do: 'wrong_source', on: 'get_data' }, { do: 'wrong_origin' },
  { do: 'relay' }, { do: 'relay', on: 'get_data' }
]) {
  await test(`I113, ${how.do} on ${how.on || 'both'}: the person is asked, in time`, async () => {
    await offer(how.do === 'relay' ? '_parent' : 'post_message_forwarding', how)
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

await done()
