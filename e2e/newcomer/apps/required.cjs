const { createPatella, html } = require('patella')

const patella = createPatella({ reflexes: [] })
patella.page('/', () => html`<b>${'<'}</b>`)
patella.close().then(() => process.stdout.write(String(html`<b>${'<'}</b>`)))
