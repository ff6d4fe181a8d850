/** What a reply of e2e/sessions/app.mjs shows. */
export function countOf([, patches]: any[]): number {
  return Number(/count:(\d+)/.exec(patches?.[0]?.[1] ?? '')?.[1])
}

export function statusOf([, second]: any[]): string {
  return typeof second === 'string' ? second : 'ok'
}

/** The code of an error, or the status that has none. */
export function errorOf(reply: any[]): string {
  return reply.at(-1)?.code ?? statusOf(reply)
}
