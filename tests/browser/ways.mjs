// Ways through LMS and tool that several scripts share. Reads the configuration:
// { lms, tool, toolHost, control, student, teacher, launch, out }.
import { ok, open as openPage } from './lib.mjs'

export const config = JSON.parse(process.argv[2])
export const NO_TOOL_COOKIES = { blocked: config.toolHost }
export const NO_OTHERS = { thirdParty: false }

export const open = (context, url, options) => openPage(context, config, url, options)
export const text = frame => frame.locator('body').innerText()
const asks = async frame => /Continue as/.test(await text(frame))

// What the stand-in offers from now on: which window keeps values, and how it answers.
export async function offer (target, how = null) {
  const r = await fetch(config.control, {
    method: 'POST', body: JSON.stringify({ storage_target: target, storage: how })
  })
  ok(r.ok, 'the stand-in took no order')
}

export const press = (frame, what) => frame.locator('form button, a').filter({ hasText: what }).first().click()
export const shown = (frame, what) => frame.locator('h1').filter({ hasText: what }).first().waitFor()
export const log = page => page.evaluate(() => window.storageLog || [])
export const left = page => page.evaluate(origin => localStorage.getItem('lti|' + origin), config.tool)

// The person confirms, if asked.
export async function enter (context, url, options) {
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
