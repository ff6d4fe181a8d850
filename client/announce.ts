/** A cut that heals within 2 s is not worth interrupting a screen reader's user. */
const patience = 2_000

/**
 * Says politely, to screen readers alone, that the connection is lost, and when it is back. The words can be set by
 * `data-patella-lost` and `data-patella-back` on `<html>`.
 */
export function createAnnouncer(): (connected: boolean) => void {
  const region = Object.assign(document.createElement('div'), { role: 'status' })
  // A patch of the body leaves it in place.
  region.dataset.reflexPermanent = ''
  // Through the CSSOM, which a strict style-src allows.
  region.style.cssText = 'position:fixed;clip-path:inset(50%)'
  let timer: ReturnType<typeof setTimeout> | undefined
  let told = false

  return (connected) => {
    clearTimeout(timer)
    const { patellaLost = 'Connection lost. Trying again.', patellaBack = 'Connected again.' } =
      document.documentElement.dataset
    if (connected) {
      if (told) region.textContent = patellaBack
      told = false
    } else {
      // The region must be there before its text: readers announce changes.
      if (!region.isConnected) document.body?.append(region)
      region.textContent = ''
      timer = setTimeout(() => {
        told = true
        region.textContent = patellaLost
      }, patience)
    }
  }
}
