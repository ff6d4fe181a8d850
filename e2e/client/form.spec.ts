import { connected, settled } from '../../client/playwright.ts'
import { expect, test } from '../support/scripted-test.ts'

test('the element is told of: dataset, value, name, id, attributes asked for', async ({ page, open }) => {
  const connection = await open(`
    <button id="b" name="n" value="v" data-by="2" data-reflex-attributes="title href lang" title="t" lang="de"
      data-user-id="7" data-reflex="a#b">x</button>
    <svg data-kind="icon" data-reflex="a#svg" width="20" height="20"><rect width="20" height="20"/></svg>`)
  await connected(page)
  await page.getByRole('button').click()
  expect((await connection.request())[2]).toEqual({
    d: { by: '2', userId: '7' },
    v: 'v',
    n: 'n',
    i: 'b',
    a: { title: 't', lang: 'de' },
  })
  await page.locator('rect').click()
  expect((await connection.request())[2]).toEqual({ d: { kind: 'icon' } })
})

test('controls tell their choices', async ({ page, open }) => {
  const connection = await open(`
    <form data-reflex-serialize-form="false">
      <select multiple data-reflex="a#select" data-reflex-serialize-form="false"><option>a<option>b<option>c</select>
      <input type="checkbox" name="t" value="1" checked data-reflex="a#box" data-reflex-serialize-form="false">
      <input type="checkbox" name="t" value="2" data-reflex="a#box" data-reflex-serialize-form="false">
      <input type="radio" name="r" value="x" data-reflex="a#radio" data-reflex-serialize-form="false">
    </form>
    <input type="checkbox" name="t" value="3" checked>`)
  await connected(page)
  await page.getByRole('listbox').selectOption(['a', 'c'])
  expect((await connection.request())[2]).toEqual({ v: 'a', vs: ['a', 'c'] })
  await page.locator('[value="2"]').check()
  expect((await connection.request())[2]).toEqual({ v: '2', vs: ['1', '2'], c: true, n: 't' })
  await page.getByRole('radio').check()
  expect((await connection.request())[2]).toEqual({ v: 'x', c: true, n: 'r' })
})

test('data-reflex-dataset adds what ancestors or others know', async ({ page, open }) => {
  const connection = await open(`
    <section data-list="7" data-kind="outer"><div data-kind="inner" data-reflex-root="x">
      <b data-reflex="click->a#b" data-reflex-dataset="combined" data-own="1">b</b>
      <i data-reflex="click->a#i" data-reflex-dataset="section, #else" data-kind="own">i</i>
    </div></section><p id="else" data-list="8" data-more="m">`)
  await connected(page)
  await page.locator('b').click()
  expect((await connection.request())[2]).toEqual({ d: { own: '1', kind: 'inner', list: '7' } })
  await page.locator('i').click()
  expect((await connection.request())[2]).toEqual({ d: { kind: 'own', list: '7', more: 'm' } })
})

test('data-reflex-root narrows the morph', async ({ page, open }) => {
  const connection = await open('<button data-reflex="a#b" data-reflex-root="#one #two">x</button>')
  await connected(page)
  await page.getByRole('button').click()
  expect((await connection.request())[4]).toMatchObject({ r: ['one', 'two'] })
})

test('the form goes along, with the button that sent it', async ({ page, open }) => {
  const connection = await open(`
    <form data-reflex="submit->a#save">
      <input name="user[name]" value="ü & co"><input name="off" disabled value="x"><input type="checkbox" name="no">
      <input type="checkbox" name="tags[]" value="1" checked><input type="checkbox" name="tags[]" value="2" checked>
      <button name="do" value="keep">keep</button><button name="do" value="drop">drop</button>
    </form><input form="f" name="far" value="away" data-reflex="a#far"><form id="f"></form>`)
  await connected(page)
  await page.getByText('drop').click()
  const fields = new URLSearchParams((await connection.request())[4]?.f)
  expect([...fields]).toEqual([
    ['user[name]', 'ü & co'],
    ['tags[]', '1'],
    ['tags[]', '2'],
    ['do', 'drop'],
  ])
  await page.locator('[name=far]').pressSequentially('!')
  expect((await connection.request())[4]).toMatchObject({ f: 'far=%21away' })
})

test('another form is sent when the element names it, none when it says so', async ({ page, open }) => {
  const connection = await open(`
    <form id="other"><input name="x" value="1"></form>
    <form><input name="y" value="2"><button type="button" data-reflex="a#1" data-reflex-form="#other">1</button>
    <button type="button" data-reflex="a#2" data-reflex-serialize-form="false">2</button>
    <button name="z" value="3" data-reflex="a#3">3</button></form>`)
  await connected(page)
  for (const [name, form] of Object.entries({ 1: 'x=1', 2: undefined, 3: 'y=2&z=3' })) {
    await page.getByText(name, { exact: true }).click()
    expect((await connection.request())[4]?.f).toBe(form)
  }
})

test('a form is sent once until it is answered', async ({ page, open }) => {
  const connection = await open('<form data-reflex="submit->a#save"><button>save</button></form>')
  await connected(page)
  await page.getByRole('button').dblclick()
  await connection.request()
  await connection.ping()
  expect(connection.waiting).toBe(0)
  connection.reply(1)
  await settled(page)
  await page.getByRole('button').click()
  expect((await connection.request())[0]).toBe(2)
})

test('a form that another listener stopped is not sent', async ({ page, open }) => {
  const connection = await open('<form data-reflex="submit->a#save"><button>save</button></form>')
  await connected(page)
  await page.evaluate(() =>
    document.querySelector('form')?.addEventListener('submit', (event) => event.preventDefault()),
  )
  await page.getByRole('button').click()
  await connection.ping()
  expect(connection.waiting).toBe(0)
})

test('a form with a file goes the ordinary way, and the console says why', async ({ page, cable, open }) => {
  cable.pages.set('/upload', 'uploaded')
  const connection = await open(`
    <form action="/upload" method="post" enctype="multipart/form-data" data-reflex="submit->a#save">
      <input type="file" name="f"><button>save</button></form>`)
  await connected(page)
  await page.getByText('save').click()
  expect((await connection.request())[1]).toBe('a#save')
  connection.reply(1)
  await settled(page)
  const said = page.waitForEvent('console', (message) => message.text().includes('file'))
  await page.locator('[type=file]').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') })
  await page.getByText('save').click()
  await said
  await expect(page).toHaveURL(`${cable.origin}/upload`)
})

test('fields may be called like what a form is made of', async ({ page, open }) => {
  const names = ['id', 'name', 'getAttribute', 'attributes', 'children', 'classList', 'dataset', 'elements', 'closest']
  const fields = names.map((name) => `<input name="${name}" value="1">`).join('')
  const form = (more: string) =>
    `<form id="f" data-reflex-root data-x="1" data-reflex="submit->a#save" ${more}>${fields}<button>save</button></form>`
  const connection = await open(form(''))
  await connected(page)
  // Playwright itself stumbles over such a form.
  await page.evaluate(() => document.querySelector('button')?.click())
  const [, , element, , more] = await connection.request()
  expect(element).toEqual({ d: { x: '1' }, i: 'f' })
  expect([...new URLSearchParams(more?.f).keys()]).toEqual(names)
  expect(await outerTag()).toContain('aria-busy="true" class="reflex-loading"')
  connection.reply(1, [['f', form('title="new" class="c"')]])
  await settled(page)
  expect(await outerTag()).toBe(
    '<form id="f" data-reflex-root="" data-x="1" data-reflex="submit-&gt;a#save" title="new" class="c">',
  )

  function outerTag(): Promise<string | undefined> {
    return page.evaluate(() => document.body.innerHTML.match(/<form.*?>(?=<input)/)?.[0])
  }
})

test('a second submit of what is new is sent, a double click is not', async ({ page, open }) => {
  const connection = await open('<form data-reflex="todo#add"><input name="q"><button>Add</button></form>')
  await connected(page)
  const field = page.locator('input')
  for (const text of ['milk', 'milk', 'bread']) {
    await field.fill(text)
    await field.press('Enter')
  }
  expect((await connection.request())[4]).toMatchObject({ f: 'q=milk' })
  expect((await connection.request())[4]).toMatchObject({ f: 'q=bread' })
})

test('a button with a reflex of its own asks the browser whether the form is filled in', async ({ page, open }) => {
  const connection = await open(
    '<form><input name="q" required><button data-reflex="a#save">Save</button><button formnovalidate data-reflex="a#draft">Draft</button></form>',
  )
  await connected(page)
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.locator('input')).toBeFocused()
  await page.getByRole('button', { name: 'Draft' }).click()
  expect((await connection.request())[1]).toBe('a#draft')
})

test('a form that was edited since it was sent is not reset', async ({ page, open }) => {
  const connection = await open('<form id="new" data-reflex="todo#add"><input name="q"><button>Add</button></form>')
  await connected(page)
  const field = page.locator('input')
  for (const [n, typed, left] of [
    [1, '', ''],
    [2, 'half a wo', 'half a wo'],
  ] as const) {
    await field.fill('milk')
    await field.press('Enter')
    await connection.request()
    if (typed) await field.fill(typed)
    connection.reply(n, [], { o: [['resetForm', { selector: '#new' }]] })
    await settled(page)
    await expect(field).toHaveValue(left)
  }
})
