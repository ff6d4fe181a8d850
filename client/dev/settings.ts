/** A setting that lasts for the browser tab's session, or for the page where storage is blocked. */
export function setting<T>(name: string, usual: T): { get(): T; set(value: T): void } {
  const key = `patella:${name}`
  let value = usual
  try {
    value = JSON.parse(sessionStorage.getItem(key) ?? 'null') ?? usual
  } catch {}
  return {
    get: () => value,
    set(next) {
      value = next
      try {
        sessionStorage.setItem(key, JSON.stringify(next))
      } catch {}
    },
  }
}
