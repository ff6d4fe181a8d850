import type { ReflexEventDetail } from '../lifecycle.ts'
import { setting } from './settings.ts'

/** One console line when a reflex sets off, one when it has ended. */
export function logReflexes(): { isOn(): boolean; switch(on: boolean): void } {
  const debug = setting('debug', true)
  const begun = new WeakMap<ReflexEventDetail, number>()

  on('before', (detail) => begun.set(detail, performance.now()))
  on('queued', (detail) => say(detail, '→', 'waits for the connection'))
  on('delivered', (detail) => say(detail, '→'))
  on('finalize', (detail) => {
    const ms = Math.round(performance.now() - (begun.get(detail) ?? 0))
    say(detail, '←', detail.status ?? '', detail.morph ?? '', `${ms} ms`)
  })

  return { isOn: debug.get, switch: debug.set }

  function on(stage: string, tell: (detail: ReflexEventDetail) => void): void {
    document.addEventListener(`reflex:${stage}`, (event) => tell((event as CustomEvent<ReflexEventDetail>).detail))
  }

  function say({ reflex, id, element, error, result }: ReflexEventDetail, way: string, ...words: string[]): void {
    if (!debug.get()) return
    const more = [element, error, result].filter((item) => item !== undefined && item !== null)
    console.debug(`${way} #${id} ${reflex || 'page'}`, ...words, ...more)
  }
}
