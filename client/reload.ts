const key = 'patella:reloaded'

/** Reloads a page whose script is too old for the server; false when that was tried already and did not help. */
export function reloadOnce(): boolean {
  try {
    if (sessionStorage[key]) return false
    sessionStorage[key] = 1
    location.reload()
    return true
  } catch {
    // Where storage is blocked, nothing could end a loop.
    return false
  }
}

export function reloadWorked(): void {
  try {
    delete sessionStorage[key]
  } catch {}
}
