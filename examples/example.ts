import type { Html, PageContext, Patella, Reflex } from 'patella'

/** What both hosts give a page, and the addresses by which its forms run actions without JavaScript. */
export type ExampleContext = Pick<PageContext, 'session' | 'locals' | 'flash' | 'url'> & Pick<Patella, 'action'>

/** Renders what is inside the gallery's frame, or answers with a response of its own: a redirect. */
export type Show = (ctx: ExampleContext) => Html | Response

/** One example, as plain data: the gallery mounts it on Patella's own server and on Express. */
export interface Example {
  readonly title: string
  /** One sentence under the title. */
  readonly about: string
  readonly reflexes: readonly Reflex[]
  /** What each URL shows; the first is the example's own. */
  readonly pages: Readonly<Record<string, Show>>
  /** Source files to show, as paths in this folder. */
  readonly files: readonly string[]
}
