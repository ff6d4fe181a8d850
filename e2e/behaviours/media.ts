import { around, through } from './around.ts'
import { type Behaviour, expect, until } from './behaviour.ts'
import { mark, marks } from './page.ts'

/** What plays, draws or shows a document; what starts it, and a look at it, which is the same as long as it has not been torn. */
interface Medium {
  html: string
  begin(): void | Promise<void>
  look(): unknown
  /** True once it has gone on. */
  goesOn?(): boolean
}

const media: Record<string, Medium> = {
  'an iframe': {
    html: '<iframe id="x" srcdoc="<p>document</p>"></iframe>',
    begin: () => {
      const frame = document.querySelector('#x') as HTMLIFrameElement
      Object.assign(frame.contentWindow as object, { kept: 'yes' })
      Object.assign(globalThis, { events: [] })
      frame.addEventListener('load', () => (globalThis as unknown as { events: string[] }).events.push('load'))
    },
    look: () => {
      const frame = document.querySelector('#x') as HTMLIFrameElement
      return [(frame.contentWindow as unknown as { kept: string }).kept, frame.contentDocument?.body.textContent]
    },
  },
  'an object': {
    html: '<object id="x" type="text/html" data="/object"></object>',
    begin: () => {
      const object = document.querySelector('#x') as HTMLObjectElement
      Object.assign(object.contentWindow as object, { kept: 'yes' })
      Object.assign(globalThis, { events: [] })
      object.addEventListener('load', () => (globalThis as unknown as { events: string[] }).events.push('load'))
    },
    look: () => {
      const object = document.querySelector('#x') as HTMLObjectElement
      return [(object.contentWindow as unknown as { kept: string }).kept, object.contentDocument?.body.textContent]
    },
  },
  'a canvas': {
    html: '<canvas id="x" width="10" height="10"></canvas>',
    begin: () => {
      const context = (document.querySelector('#x') as HTMLCanvasElement).getContext('2d') as CanvasRenderingContext2D
      context.fillStyle = 'rgb(10, 20, 30)'
      context.fillRect(0, 0, 5, 5)
    },
    look: () => {
      const context = (document.querySelector('#x') as HTMLCanvasElement).getContext('2d') as CanvasRenderingContext2D
      return [0, 9].map((at) => [...context.getImageData(at, at, 1, 1).data])
    },
  },
  'a video': {
    html: '<video id="x" muted playsinline width="20" height="20"></video>',
    begin: async () => {
      const video = document.querySelector('#x') as HTMLVideoElement
      const canvas = document.createElement('canvas')
      const context = canvas.getContext('2d') as CanvasRenderingContext2D
      let turn = 0
      const draw = () => {
        context.fillStyle = turn++ % 2 ? 'red' : 'blue'
        context.fillRect(0, 0, 300, 150)
        requestAnimationFrame(draw)
      }
      draw()
      video.srcObject = canvas.captureStream()
      await video.play()
      Object.assign(globalThis, { events: [] })
      for (const type of ['pause', 'emptied', 'ended', 'abort']) {
        video.addEventListener(type, () => (globalThis as unknown as { events: string[] }).events.push(type))
      }
    },
    look: () => {
      const { paused, ended, error } = document.querySelector('#x') as HTMLVideoElement
      return [paused, ended, error]
    },
    goesOn: () => {
      const media = document.querySelector('#x') as HTMLVideoElement & { last?: number }
      media.last ??= media.currentTime
      if (media.currentTime <= media.last) return false
      delete media.last
      return true
    },
  },
  'an audio': {
    html: '<audio id="x" controls></audio>',
    begin: async () => {
      const audio = document.querySelector('#x') as HTMLAudioElement
      // A minute of silence: 8,000 samples of a byte each second.
      const samples = 480_000
      const view = new DataView(new ArrayBuffer(44 + samples))
      const name = (at: number, text: string) =>
        new Uint8Array(view.buffer, at).set([...text].map((letter) => letter.charCodeAt(0)))
      for (const [at, text] of [
        [0, 'RIFF'],
        [8, 'WAVE'],
        [12, 'fmt '],
        [36, 'data'],
      ] as const)
        name(at, text)
      for (const [at, value] of [
        [4, 36 + samples],
        [16, 16],
        [24, 8000],
        [28, 8000],
        [40, samples],
      ] as const) {
        view.setUint32(at, value, true)
      }
      for (const [at, value] of [
        [20, 1],
        [22, 1],
        [32, 1],
        [34, 8],
      ] as const)
        view.setUint16(at, value, true)
      new Uint8Array(view.buffer).fill(128, 44)
      audio.muted = true
      audio.src = URL.createObjectURL(new Blob([view], { type: 'audio/wav' }))
      await audio.play()
      Object.assign(globalThis, { events: [] })
      for (const type of ['pause', 'emptied', 'ended', 'abort']) {
        audio.addEventListener(type, () => (globalThis as unknown as { events: string[] }).events.push(type))
      }
    },
    look: () => {
      const { paused, ended, error } = document.querySelector('#x') as HTMLAudioElement
      return [paused, ended, error]
    },
    goesOn: () => {
      const media = document.querySelector('#x') as HTMLAudioElement & { last?: number }
      media.last ??= media.currentTime
      if (media.currentTime <= media.last) return false
      delete media.last
      return true
    },
  },
}

export const playing: Behaviour[] = Object.entries(media).map(([what, { html, begin, look, goesOn }]) => ({
  name: `33 ${what} goes on while its siblings come and go, and when it is moved`,
  async run(page) {
    const { tab, cable, open, patch } = page
    cable.pages.set('/object', '<p>document</p>')
    const [first, ...rest] = around(html)
    await open(first as string)
    await mark(tab, '#x')
    await tab.click('#a')
    await tab.evaluate(begin)
    const seen = await tab.evaluate(look)
    const check = async (html: string) => {
      expect(await marks(tab, '#x'), html).toEqual([0])
      expect(await tab.evaluate(look), html).toEqual(seen)
      if (goesOn) await until(tab, goesOn)
      expect(await tab.evaluate(() => (globalThis as unknown as { events?: string[] }).events ?? [])).toEqual([])
    }
    await through(page, rest, check)
    // Of two that change places one must be moved: without `moveBefore` no browser keeps it, and Firefox loads an object again.
    if (!page.moves || (tab.browser === 'firefox' && what === 'an object')) return
    const other = '<div id="other"><iframe srcdoc="<p>other"></iframe></div>'
    for (const both of [
      `<div id="row">${html}</div>${other}`,
      `${other}<div id="row">${html}</div>`,
      `${other}<p>${html}</p>`,
    ]) {
      await patch(both)
      await check(both)
    }
  },
}))
