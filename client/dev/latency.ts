import { network } from '../cable.ts'
import { setting } from './settings.ts'

/** Lets the page feel slow: half of the time is spent on each way, and nothing overtakes. */
export function simulateLatency(): (ms?: number) => number {
  const latency = setting('latency', 0)
  const { connect } = network
  network.connect = (url, protocol) => {
    const socket = connect(url, protocol)
    const up = lane()
    const down = lane()
    const send = socket.send.bind(socket)
    socket.send = (data) => up(() => socket.readyState === WebSocket.OPEN && send(data))
    Object.defineProperty(socket, 'onmessage', {
      set: (listener: (event: MessageEvent) => void) =>
        socket.addEventListener('message', (event) => down(() => listener(event))),
    })
    return socket
  }
  return (ms) => {
    if (ms !== undefined) latency.set(ms)
    return latency.get()
  }

  function lane(): (pass: () => void) => void {
    let last = 0
    return (pass) => {
      const wait = latency.get() / 2
      last = Math.max(last, performance.now() + wait)
      if (wait) setTimeout(pass, last - performance.now())
      else pass()
    }
  }
}
