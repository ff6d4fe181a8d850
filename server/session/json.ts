/** The value of a JSON text without any `__proto__` key in it; `undefined` when it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    // The reviver costs several times the parsing, so it runs only where such a key may be: spelt out, or with escapes
    // for printable ASCII, which `JSON.stringify` never writes.
    return /__proto__|\\u00[2-7]/.test(text) ? JSON.parse(text, withoutProto) : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** As `parseJson`, when the text holds an object: its own keys on a null prototype. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.assign(Object.create(null), value)
}

function withoutProto(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value
}
