// Every state, lock, recommendation and flag on a page has its reason and what would change it,
// there or one step away. Started by test_reasons.py; `stage` is "walk" (look everywhere) or
// "after" (the answers that a page asked for have come: `code`, `opened`).
import { axe, done, equal, ok, open as openPage, picture, test, toolFrame, withBrowser } from './lib.mjs'

const config = JSON.parse(process.argv[2])
const FRAME_MARGIN = 34 // the stand-in's page around its iframe
const open = (context, url, options) => openPage(context, config, url, options)
const CHANGE = /this is mastered|mastered again|this opens|almost there|goes away|no longer holds|shows this yet|counts\.|nothing needs to be done|no change of up to/i

// States without a way to what they stand on: each must have one beside it. A page about one
// skill is that way itself.
async function bare (frame) {
  return await frame.evaluate(() => [...document.querySelectorAll('main .state')].filter(s => {
    if (s.closest('.legend, header')) return false
    const box = s.closest('li, .box, tr, .card')
    return !box || !box.querySelector('a[href*="/skill?"], form[action$="/skill"], form[action*="/skill?"]')
  }).map(s => (s.closest('li, .box, .card') || s).innerText.slice(0, 60)))
}

async function sound (page, frame, name) {
  await frame.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = true }))
  const wide = await frame.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth])
  ok(wide[0] <= wide[1], `${name} is ${wide[0]} px wide in a frame of ${wide[1]}`)
  equal(await axe(frame), [], 'axe')
  await picture(page, frame, `${config.out}/${name}.png`).catch(() => {})
}

async function cardsAreReasoned (frame) {
  const cards = frame.locator('.cards > li')
  await cards.first().waitFor()
  const n = await cards.count()
  ok(n > 0, 'no recommendation')
  for (let i = 0; i < n; i++) {
    const fold = cards.nth(i).locator('details')
    const text = await fold.evaluate(d => d.textContent)
    const lines = await fold.locator('p').count()
    ok(lines >= 3, `a recommendation with ${lines} lines: ${text}`)
    ok(CHANGE.test(text), 'no word on what would change it: ' + text)
  }
}

async function locksAreReasoned (frame) {
  const locks = frame.locator('.box.locked')
  for (let i = 0; i < await locks.count(); i++) {
    ok(/opens after/.test(await locks.nth(i).innerText()), 'a lock without what it waits for')
  }
}

// The pages of the skills behind the links of this page, fetched with its session.
async function skillPages (frame, staff) {
  const found = await frame.evaluate(async () => {
    const links = [...new Set([...document.querySelectorAll('main a[href*="/skill?"]')].map(a => a.href))]
    return await Promise.all(links.map(async href => {
      const doc = new DOMParser().parseFromString(await (await fetch(href)).text(), 'text/html')
      return {
        href,
        title: (doc.querySelector('h1') || {}).textContent,
        change: [...doc.querySelectorAll('#change li')].map(l => l.textContent.trim()).join(' '),
        locked: /opens after/.test((doc.querySelector('#change') || {}).textContent),
        rows: doc.querySelectorAll('.events li').length,
        body: doc.querySelector('main').textContent
      }
    }))
  })
  ok(found.length > 0, 'no way to any skill')
  for (const f of found) {
    ok(CHANGE.test(f.change), `${f.title}: no word on what would change it: ${f.change}`)
    ok(f.rows > 0 || /Nothing yet/.test(f.body), `${f.title}: no evidence and no word on it`)
    if (staff) ok(/Skill map: .*version \d/.test(f.body), `${f.title}: no version`)
    else ok(!/probability|%.*to/i.test(f.body.replace(/\d+ % or (more|less)/g, '')), `${f.title}: a student reads a probability`)
  }
  return found
}

async function walkStudent (context, options, name) {
  const { page, frame, seen } = await open(context, config.student, options)
  equal(await bare(frame), [], 'states without a way')
  await cardsAreReasoned(frame)
  await locksAreReasoned(frame)
  if (!options) {
    const pages = await skillPages(frame, false)
    ok(pages.length >= 20, `${pages.length} skills`)
    ok(pages.some(p => p.locked), 'no lock anywhere')
  }
  await frame.locator('a, form button').filter({ hasText: /more choices/i }).first().click()
  await frame.waitForURL(/\/choices/)
  await cardsAreReasoned(frame)
  await frame.locator('.cards > li details summary').first().click()
  await frame.locator('.cards > li details a, .cards > li details form button').filter({ hasText: /what would change/i }).first().click()
  await frame.locator('#change').waitFor()
  ok(CHANGE.test(await frame.locator('#change').innerText()), 'no change')
  if (!options) await sound(page, frame, `${name}-skill`)
  equal(seen.problems, [], 'console')
}

for (const scripts of [true, false]) {
  if (config.stage !== 'walk') break
  const how = scripts ? 'scripts' : 'scripts off'
  const options = scripts ? undefined : { scripts: false }

  await test(`a student's pages: every state has its reason and what would change it (${how})`, async () => {
    await withBrowser({ width: 360 + FRAME_MARGIN, ...options }, async context => {
      await walkStudent(context, options, `reasons-student${scripts ? '' : '-plain'}`)
    })
  })

  await test(`a teacher's pages: flags, groups, one student, one skill (${how})`, async () => {
    await withBrowser({ width: 800 + FRAME_MARGIN, ...options }, async context => {
      const { page, frame } = await open(context, config.teacher, options)
      const facts = await frame.locator('.talks .facts > li').evaluateAll(l => l.map(x => x.textContent))
      const seen = facts.filter(f => !/says so|say so|seen in|from /i.test(f) || CHANGE.test(f))
      ok(seen.some(f => CHANGE.test(f)), 'no flag says what would withdraw it: ' + facts)
      for (const card of await frame.locator('.talks > li').all()) {
        ok(CHANGE.test(await card.evaluate(c => c.textContent)), 'a conversation without a way out: ' + await card.evaluate(c => c.textContent))
      }
      ok(await frame.locator('.names a[href*="/skill?"]').count() > 0, 'a group without reasons')
      ok(await frame.locator('.heat th a[href*="/person?"]').count() > 0, 'a row of states without a way')
      await frame.locator('.heat th a').filter({ hasText: config.name }).first().click()
      await frame.waitForURL(/\/person/)
      equal(await bare(frame), [], 'states without a way')
      const next = await frame.locator('section[aria-labelledby="h-next"] li').evaluateAll(l => l.map(x => x.textContent))
      ok(next.length > 0 && next.every(n => CHANGE.test(n)), 'a recommendation without what would change it: ' + next)
      if (scripts) { // without them nothing can be fetched behind the page
        const pages = await skillPages(frame, true)
        ok(pages.some(p => /Probability/.test(p.body)), 'no probability for staff')
        ok(pages.some(p => /no longer holds/.test(p.change)), 'nothing that would lower a word')
      }
      await frame.locator('section[aria-labelledby="h-next"] li a').first().click()
      await frame.locator('#change').waitFor()
      ok(CHANGE.test(await frame.locator('#change').innerText()), 'no change')
      if (scripts) await sound(page, frame, 'reasons-teacher-skill')
    })
  })
}

if (config.stage === 'walk') {
  await test('a gate: every skill of it has a way to its reasons', async () => {
    await withBrowser({ width: 360 + FRAME_MARGIN }, async context => {
      const { page, frame } = await open(context, config.teacher + '&message=dl')
      await frame.locator('input[name=item][value^="gate/"]').first().check()
      await frame.locator('button').filter({ hasText: /add to the course/i }).click()
      await page.frameLocator('iframe#tool').getByText('1 link(s) added').waitFor()
      await page.goto(config.student)
      const href = await page.locator('a[href*="launch.php"][href*="link="]').first().getAttribute('href')
      await page.goto(new URL(href, config.lms).href)
      const gate = await toolFrame(page, config)
      ok(await gate.locator('.state').count() > 0, 'no gate')
      equal(await bare(gate), [], 'states without a way')
      await skillPages(gate, false)
    })
  })

  await test('cookies blocked: a skill\'s page opens by a form', async () => {
    await withBrowser({ cookies: false }, async context => {
      const { frame } = await open(context, config.student)
      await frame.locator('form[action*="/lti/continue"] button').first().click()
      await frame.locator('.cards > li').first().waitFor()
      equal(await bare(frame), [], 'states without a way')
      await frame.locator('.focus form[action$="/skill"] button').first().click()
      await frame.locator('#change').waitFor()
      ok(CHANGE.test(await frame.locator('#change').innerText()), 'no change')
    })
  })

  await test('what a page asks for, in its own words', async () => {
    await withBrowser({}, async context => {
      const { frame } = await open(context, config.student)
      for (const [code, opens] of [[config.code, false], [config.lock, true]]) {
        const href = await frame.locator(`main a[href*="/skill?"][href*="code=${code}"]`).first().getAttribute('href')
        const change = await frame.evaluate(async href => {
          const doc = new DOMParser().parseFromString(await (await fetch(href)).text(), 'text/html')
          return [...doc.querySelectorAll('#change li')].map(l => l.textContent.trim())
        }, href)
        console.log('# ' + code + ': ' + change.join(' | '))
        const wanted = opens ? config.lockWords : config.words
        ok(change.includes(wanted), `${code} says ${change}, the replay ${wanted}`)
      }
    })
  })
}

if (config.stage === 'after') {
  await test('the answers came: the skill is mastered, no longer recommended, and the lock is open', async () => {
    await withBrowser({ width: 360 + FRAME_MARGIN }, async context => {
      const { page, frame } = await open(context, config.student)
      const pages = await skillPages(frame, false)
      const of = code => pages.find(p => p.href.includes('code=' + code + '&') || p.href.endsWith('code=' + code))
      ok(/enough right results/.test(of(config.code).body), 'it is not mastered: ' + of(config.code).body.slice(0, 200))
      ok(!of(config.lock).locked, 'the lock is shut: ' + of(config.lock).change)
      for (const card of await frame.locator('.cards > li').all()) {
        ok(!(await card.innerHTML()).includes('code=' + config.code + '"'), 'it is recommended still')
      }
      await picture(page, frame, `${config.out}/reasons-after.png`)
    })
  })
}

await done()
