import { connected, reflex, settled } from '../../client/playwright.ts'
import { pageOf, type Tab, until } from '../support/tabs/tab.ts'
import { expect, inEachBrowser, test } from '../support/tabs/test.ts'

inEachBrowser(['firefox', 'webkit'], () => {
  let visit: (path: string) => Promise<void>

  test.beforeEach(({ tab, gallery }) => {
    visit = async (path) => {
      await tab.open(gallery + path)
      await connected(pageOf(tab))
    }
  })

  test.afterEach(({ tab }) => {
    expect(tab.problems, 'nothing has gone wrong in the console').toEqual([])
  })

  test('the index leads to every example, and each shows its source', async ({ tab }) => {
    await visit('/')
    for (const [path, name] of Object.entries({
      counter: 'Counter',
      todo: 'Todos',
      table: 'Table',
      signup: 'Accounts',
    })) {
      await tab.click(`header nav a[href="/${path}"]`)
      await at(tab, `/${path}`)
      expect(await texts(tab, 'h1')).toEqual([name])
      expect(await texts(tab, 'header [aria-current=page]')).toEqual([name])
      await tab.click('summary')
      await until(tab, () => document.querySelector('pre')?.checkVisibility())
    }
  })

  test('the counter: a page morph, a selector morph, and an operation', async ({ tab }) => {
    await visit('/counter')
    const { status, morph } = await reflex(pageOf(tab), 'counter#increment', () => tab.click('button.main'))
    expect({ status, morph }).toEqual({ status: 'ok', morph: 'page' })
    await tab.click('button.main')
    await tab.press('Enter')
    await done(tab)
    expect(await texts(tab, '#count')).toEqual(['3'])
    await tab.click('[data-by="-1"]')
    await done(tab)
    expect(await texts(tab, '#count')).toEqual(['2'])
    const announced = await reflex(pageOf(tab), 'counter#announce', () => tab.click('[data-reflex="counter#announce"]'))
    expect(announced).toMatchObject({ status: 'ok', morph: 'nothing', result: 2 })
    expect(await tab.evaluate(() => document.title)).toBe('Count: 2')
    const reset = await reflex(pageOf(tab), 'counter#reset', () => tab.click('[data-reflex="counter#reset"]'))
    expect(reset).toMatchObject({ status: 'ok', morph: 'selector' })
    expect(await texts(tab, '#count')).toEqual(['0'])
  })

  test('somebody else has a session of their own', async ({ tab, newTab, gallery }) => {
    await visit('/counter')
    await tab.click('button.main')
    await done(tab)
    const theirs = await newTab()
    await theirs.open(`${gallery}/counter`)
    expect(await texts(theirs, '#count')).toEqual(['0'])
    await tab.open(`${gallery}/counter`)
    expect(await texts(tab, '#count')).toEqual(['1'])
  })

  test('todos are added, ticked, edited, filtered and cleared', async ({ tab }) => {
    await visit('/todo')
    await tab.click('#text')
    for (const todo of ['milk', 'crème brûlée']) {
      await tab.type(`${todo}\n`)
      await done(tab)
    }
    expect(await texts(tab, '.todos .grow')).toEqual(['milk', 'crème brûlée'])
    expect(await tab.evaluate(() => document.activeElement?.outerHTML.includes('id="text"'))).toBe(true)
    await tab.click('.todos [aria-label=milk]')
    await done(tab)
    expect(await texts(tab, '#left')).toEqual(['1 item left'])
    await tab.click('[data-filter=completed]')
    await done(tab)
    expect(await texts(tab, '.todos .grow')).toEqual(['milk'])
    await reflex(pageOf(tab), '', () => tab.back())
    expect(await texts(tab, '.todos .grow')).toEqual(['milk', 'crème brûlée'])

    await tab.click('[aria-label="Edit milk"]')
    await done(tab)
    expect(await tab.evaluate(() => document.activeElement?.id)).toBe('edit')
    await tab.press('Home')
    await tab.type('oat ')
    await tab.press('Enter')
    await done(tab)
    expect(await texts(tab, '.todos .grow')).toEqual(['oat milk', 'crème brûlée'])
    await tab.click('[data-reflex="todo#clear"] button')
    await done(tab)
    expect(await texts(tab, '.todos .grow')).toEqual(['crème brûlée'])
  })

  test('the table is searched, sorted and paged, and Back goes through its addresses', async ({ tab }) => {
    await visit('/table')
    await tab.click('#q')
    await tab.type('jensen')
    await done(tab)
    expect(await texts(tab, '#found')).toEqual(['100 of 1,000 people'])
    expect(await tab.evaluate(() => location.search)).toBe('?q=jensen')
    await tab.click('th:nth-child(4) a')
    await done(tab)
    const upward = (await texts(tab, 'tbody td:nth-child(4)')).map(Number)
    expect(upward).toHaveLength(20)
    expect(upward).toEqual([...upward].sort((a, b) => a - b))
    await tab.click('#next')
    await done(tab)
    expect(await texts(tab, '#page')).toEqual(['Page 2 of 5'])
    await tab.press('Enter')
    await done(tab)
    expect(await texts(tab, '#page'), 'the link keeps the focus').toEqual(['Page 3 of 5'])
    await reflex(pageOf(tab), '', () => tab.back())
    expect(await texts(tab, '#page')).toEqual(['Page 2 of 5'])
    await reflex(pageOf(tab), '', () => tab.back())
    expect((await texts(tab, 'tbody td:nth-child(4)')).map(Number)).toEqual(upward)
  })

  test('a thousand rows: one, all, prepend, sort', async ({ tab }) => {
    await visit('/table/bench')
    const press = async (name: string) => {
      await tab.click(`[data-reflex="bench#${name}"]`)
      await done(tab)
    }
    const amounts = () => texts(tab, '#row-499 td:nth-child(4), #row-500 td:nth-child(4)')
    expect(await amounts()).toEqual(['915.81', '995.00'])
    await press('one')
    expect(await amounts()).toEqual(['915.81', '995.01'])
    await press('all')
    expect(await amounts()).toEqual(['915.82', '995.02'])
    await press('prepend')
    expect(await tab.evaluate(() => document.querySelector('#bench tr')?.id)).toBe('row-1001')
    await press('sort')
    expect(await tab.evaluate(() => document.querySelector('#bench tr')?.id)).toBe('row-1000')
  })

  test('a sign-up is validated as it is typed, and leads to the members’ page and out again', async ({ tab }) => {
    const complaints = () => texts(tab, '.error:not(:empty)')
    await visit('/signup')
    await tab.click('#email')
    await tab.type('ada')
    await done(tab)
    expect(await complaints()).toEqual(['This is not an e-mail address'])
    await tab.type(`-${tab.browser}-${process.pid}-${Date.now()}@example.com`)
    await done(tab)
    expect(await complaints()).toEqual([])
    await tab.press('Tab')
    await tab.type('long enough\n')
    await done(tab)
    expect(await complaints()).toEqual(['Tell us your name'])
    await tab.click('#name')
    await tab.type('Ada\n')
    await at(tab, '/signup/members')
    expect(await texts(tab, '.notice, h2')).toEqual(['Welcome, Ada.', 'Hello, Ada'])
    await tab.click('#note')
    await tab.type('two\nlines')
    await tab.click('button.main')
    await done(tab)
    expect(await texts(tab, '#saved')).toEqual(['Saved: 9 characters'])
    await tab.click('[data-reflex="members#logout"] button')
    await at(tab, '/signup/login')
    expect(await texts(tab, 'h1')).toEqual(['Accounts'])
  })
})

/** Of all such elements, as they stand in the document. */
function texts(tab: Tab, selector: string): Promise<string[]> {
  const read = (selector: string) =>
    [...document.querySelectorAll(selector)].map(({ textContent }) => textContent.trim())
  return tab.evaluate(read, selector)
}

/** Resolves when no action is on its way. */
function done(tab: Tab): Promise<void> {
  return settled(pageOf(tab))
}

/** Resolves when the tab has come to that page, and is connected. */
async function at(tab: Tab, path: string): Promise<void> {
  await until(tab, (path) => location.pathname === path, path)
  await connected(pageOf(tab))
}
