import type { Frame } from '../../protocol/messages.ts'
import { network } from '../cable.ts'
import { stimulate } from '../index.ts'

/** Renders the page again when the server's process is another one than before: its code has changed. */
export function renderAfterReboot(): void {
  const { connect } = network
  let boot: string | undefined
  let rebooted = false
  network.connect = (url, protocol) => {
    const socket = connect(url, protocol)
    socket.addEventListener('message', ({ data }) => {
      const frame: Frame = JSON.parse(data)
      if (frame.type === 'welcome') {
        const current = frame.patella?.boot
        rebooted ||= boot !== undefined && boot !== current
        boot = current
      } else if (frame.type === 'confirm_subscription' && rebooted) {
        rebooted = false
        // What is wrong with it, its events tell.
        stimulate('').catch(() => {})
      }
    })
    return socket
  }
}
