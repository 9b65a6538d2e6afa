// The page "Bring in grades" in an LMS's iframe. Started by test_import.py.
import { axe, done, equal, ok, open as openPage, picture, test, withBrowser } from './lib.mjs'

const config = JSON.parse(process.argv[2])
const FRAME_MARGIN = 34 // the stand-in's page around its iframe
const LINK = /^bring in grades$/i

const FILE = name => ({
  name,
  mimeType: 'text/csv',
  buffer: Buffer.from('Email,Quiz 3: Linear equations,Oral (once) [20],Remarks\r\n' +
    'student01@school.test,8,15,good\r\nstudent02@school.test,,12,late\r\n' +
    'nobody@school.test,1,1,who\r\nstudent03@school.test,"7\r\n')
})

async function openImport (context, options = {}) {
  const { cookies, ...rest } = options
  const all = await openPage(context, config, config.teacher, rest)
  const { frame } = all
  if (cookies === false) await frame.locator('form button.primary').first().click()
  await frame.locator('a, form button').filter({ hasText: LINK }).first().click()
  await frame.locator('h1').filter({ hasText: /from a file/i }).waitFor()
  await frame.waitForLoadState('load')
  return all
}

const fits = async frame => {
  const wide = await frame.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth])
  ok(wide[0] <= wide[1], `the page is ${wide[0]} px wide in a frame of ${wide[1]}`)
}

async function handIn (frame, name) {
  await frame.locator('input[type=file]').setInputFiles(FILE(name))
  await frame.locator('button').filter({ hasText: /^look at it$/i }).click()
  await frame.locator('h2').filter({ hasText: /what this file would change/i }).waitFor()
}

async function forget (frame) {
  await frame.locator('button').filter({ hasText: /^forget this file$/i }).click()
  await frame.locator('input[type=file]').waitFor()
}

for (const width of [360, 800]) {
  for (const dark of [false, true]) {
    const name = `${width}${dark ? '-dark' : ''}`
    await test(`a file is looked at, at ${width} px${dark ? ', dark' : ''}: axe finds nothing, nothing overflows`, async () => {
      await withBrowser({ width: width + FRAME_MARGIN, dark }, async context => {
        const { page, frame, seen } = await openImport(context)
        await fits(frame)
        equal(await axe(frame), [], 'axe')
        await handIn(frame, `week-${name}.csv`)
        await frame.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = true }))
        await fits(frame)
        equal(await axe(frame), [], 'axe')
        await picture(page, frame, `${config.out}/import-${name}.png`)
        await forget(frame)
        equal(seen.problems, [], 'console')
      })
    })
  }
}

for (const [how, options] of [['as usual', {}], ['without scripts', { scripts: false }],
  ['without cookies', { cookies: false }]]) {
  await test(`taken in and taken back ${how}`, async () => {
    await withBrowser({ width: 834, ...options }, async context => {
      const { frame } = await openImport(context, options)
      await handIn(frame, `week ${how}.csv`)
      const text = await frame.locator('body').innerText()
      ok(/2 students were found/.test(text), text)
      ok(/3 (new grades|changed)/.test(text), text) // the first way, and after it was taken back
      ok(/2 lines or grades cannot be taken in/.test(text), text)
      await frame.locator('button').filter({ hasText: /^take in$/i }).click()
      const row = frame.locator('li').filter({ hasText: `week ${how}.csv` }).first()
      await settled(frame, row, /grades came in/)
      await row.locator('button').filter({ hasText: /^take back$/i }).click()
      await settled(frame, row, /were taken back/)
    })
  })
}

// A job works meanwhile: the page loads itself again, or there is a button.
async function settled (frame, row, words) {
  for (let i = 0; i < 600; i++) {
    if (words.test(await row.innerText().catch(() => ''))) return
    const here = frame.locator('[role=status] a, [role=status] button, [role=status] ~ form button').first()
    if (await here.count() > 0) await here.click({ timeout: 2000 }).catch(() => {})
    await row.waitFor({ timeout: 500 }).catch(() => {})
  }
  ok(false, await frame.locator('body').innerText())
}

await done()
