import { beforeEach, describe, expect, test } from 'vitest'
import { createBaselines } from './baseline.ts'
import { createRequests, type Outcome, type Requests, type Wish } from './request.ts'

let sent: unknown[][]
let reconnects: number
let handOffs: { n: number; token: string; done: () => void }[]
let ended: Record<string, Outcome[]>
let requests: Requests

beforeEach(() => {
  requests = make()
})

function make(posted?: string): Requests {
  sent = []
  reconnects = 0
  handOffs = []
  ended = {}
  const port = {
    send(data: string) {
      if (data.length > 65_000) return false
      sent.push(JSON.parse(data))
      return true
    },
    reconnect: () => void reconnects++,
    handOff: (n: number, token: string, done: () => void) => void handOffs.push({ n, token, done }),
    changed() {},
    ...createBaselines(),
  }
  return createRequests(port, posted)
}

describe('a request', () => {
  test('is numbered from 1 and leaves out what is empty', () => {
    requests.resume()
    add('a#b')
    add('a#c', { args: [1] })
    add('', { element: { i: 'x' } })
    expect(sent).toEqual([
      [1, 'a#b', 0, [], { u: '/' }],
      [2, 'a#c', 0, [1], { l: 1 }],
      [3, '', { i: 'x' }, [], { l: 1 }],
    ])
    requests.receive([1])
    requests.receive([2])
    requests.receive([3])
    add('a#b')
    expect(sent.at(-1)).toEqual([4, 'a#b'])
  })

  test('tells the URL first and whenever it is another', () => {
    requests.resume()
    for (const page of ['/', '/', '/b', '/']) answer(add('a#b', { page }))
    expect(sent.map(([, , , , more]) => more)).toEqual([{ u: '/' }, undefined, { u: '/b' }, { u: '/' }])
  })

  test('names the URL that its element does, and no other', () => {
    requests.resume()
    answer(add('a#b', { url: '/cart' }))
    answer(add('a#b', { url: '/cart' }))
    answer(add('a#b'))
    expect(sent.map(([, , , , more]) => more)).toEqual([{ u: '/cart' }, undefined, { u: '/' }])
  })

  test('says that its page answered a POST, unless a URL is named or a reply has moved the page', () => {
    requests = make('/')
    requests.resume()
    answer(add('a#b'))
    answer(add('a#b', { url: '/' }))
    answer(add('a#b', { page: '/b' }))
    answer(add('a#b'))
    expect(sent.map(([, , , , more]) => more)).toEqual([{ u: '/', p: 1 }, { u: '/' }, { u: '/b' }, { u: '/', p: 1 }])
  })

  test('carries form and roots', () => {
    requests.resume()
    add('a#b', { form: 'x=1', roots: ['r'] })
    expect(sent[0]?.[4]).toEqual({ u: '/', f: 'x=1', r: ['r'] })
  })

  test('too large for a frame is never sent', () => {
    requests.resume()
    add('a#b', { form: 'x'.repeat(70_000) })
    expect(ended['a#b']).toEqual([{ status: 'invalid', more: { code: 'frame_too_large' } }])
    expect(sent).toEqual([])
  })

  test('beyond 32 that wait is refused at once', () => {
    for (let n = 1; n <= 33; n++) add(`a#${n}`)
    expect(Object.keys(ended)).toEqual(['a#33'])
    expect(ended['a#33']).toEqual([{ status: 'rate_limited', more: { code: 'flood' } }])
    expect(requests.size).toBe(32)
  })
})

describe('after a cut', () => {
  test('all that waits is sent again in order, with the URL and the lowest number', () => {
    requests.resume()
    for (const target of ['a#1', 'a#2', 'a#3']) add(target)
    requests.receive([2])
    requests.pause()
    add('a#4')
    sent.length = 0
    requests.resume()
    expect(sent).toEqual([
      [1, 'a#1', 0, [], { u: '/' }],
      [3, 'a#3', 0, [], { l: 1 }],
      [4, 'a#4', 0, [], { l: 1 }],
    ])
  })

  test('what is asked while the others go out goes behind them', () => {
    add('a#1', { delivered: () => requests.next === 3 && add('a#3') })
    add('a#2')
    requests.resume()
    expect(sent.map(([n]) => n)).toEqual([1, 2, 3])
  })

  test('what was answered is settled once', () => {
    requests.resume()
    add('a#b')
    requests.receive([1, [['r', '<p>']], { r: 7 }])
    requests.receive([1, 'error', { code: 'x' }])
    expect(ended['a#b']).toEqual([{ status: 'ok', patches: [['r', '<p>']], more: { r: 7 } }])
  })
})

describe('stale', () => {
  test('means a new connection, and the second time the end', () => {
    requests.resume()
    add('a#b')
    requests.receive([1, 'stale'])
    expect(reconnects).toBe(1)
    requests.pause()
    requests.resume()
    requests.receive([1, 'stale', { code: 'stale_request' }])
    expect(reconnects).toBe(1)
    expect(ended['a#b']).toEqual([{ status: 'stale', more: { code: 'stale_request' } }])
  })
})

describe('time', () => {
  test('ends a request after 60 s, and progress begins them anew', () => {
    add('a#b')
    requests.tick(59_000)
    requests.resume()
    requests.receive([1, 'accepted'])
    requests.tick(59_999)
    expect(ended).toEqual({})
    requests.tick(1)
    expect(ended['a#b']).toEqual([{ status: 'timeout', more: { code: 'action_timeout' } }])
  })

  test('gives up a connection that answers nothing for 9 s', () => {
    requests.resume()
    requests.tick(60_000)
    add('a#b')
    requests.tick(8_999)
    expect(reconnects).toBe(0)
    requests.tick(1)
    expect(reconnects).toBe(1)
  })

  test('an answer to the request before is a sign of life', () => {
    requests.resume()
    add('a#1')
    add('a#2')
    requests.tick(8_000)
    requests.receive([1])
    requests.tick(8_000)
    expect(reconnects).toBe(0)
  })
})

describe('a hand-off', () => {
  test('comes before all else of the reply', () => {
    requests.resume()
    add('a#login')
    requests.receive([1, [], { h: 'token' }])
    expect(handOffs).toMatchObject([{ n: 1, token: 'token' }])
    expect(ended).toEqual({})
    handOffs[0]?.done()
    expect(ended['a#login']).toMatchObject([{ status: 'ok' }])
  })

  test('that failed has the request sent again', () => {
    requests.resume()
    add('a#login')
    requests.receive([1, [], { h: 'token' }])
    requests.pause()
    requests.resume()
    expect(sent).toHaveLength(2)
    requests.receive([1, [], { h: 'other' }])
    expect(handOffs.map(({ token }) => token)).toEqual(['token', 'other'])
  })

  test('that comes too late settles nothing twice', () => {
    requests.resume()
    add('a#login')
    requests.receive([1, [], { h: 'token' }])
    requests.tick(60_000)
    handOffs[0]?.done()
    expect(ended['a#login']).toMatchObject([{ status: 'timeout' }])
  })
})

test('a connection closed for good settles what waits and what comes', () => {
  add('a#1')
  requests.shut({ status: 'unauthorized', more: {} })
  add('a#2')
  expect(Object.keys(ended)).toEqual(['a#1', 'a#2'])
  requests.open()
  add('a#3')
  expect(requests.size).toBe(1)
})

test('a reply that moved the page moves those that were asked there', () => {
  requests.resume()
  const applied: string[] = []
  add('a#1', { page: '/a', apply: note })
  add('a#2', { page: '/b', apply: note })
  requests.moved('/a', '/c')
  requests.receive([1])
  requests.receive([2])
  expect(applied).toEqual(['/c', '/b'])

  function note(outcome: Outcome, page: string): Outcome {
    applied.push(page)
    return outcome
  }
})

function add(target: string, wish: Partial<Wish> = {}): number {
  const n = requests.next
  requests.add({
    target,
    element: {},
    args: [],
    form: undefined,
    roots: undefined,
    page: '/',
    url: undefined,
    delivered() {},
    apply: (outcome) => outcome,
    settled(outcome) {
      ended[target] = [...(ended[target] ?? []), outcome]
    },
    ...wish,
  })
  return n
}

function answer(n: number): void {
  requests.receive([n])
}

describe('texts and titles', () => {
  const html = (count: number) => `<p>Count: ${count}</p>`

  test('a delta that cannot be read is asked for again, once', () => {
    requests.resume()
    add('a#b')
    requests.receive([1, [[0, 1, 'KB2CA', 'wrong']]])
    expect(sent.at(-1)).toEqual([1, 'a#b', 0, [], { x: 1 }])
    expect(ended['a#b']).toBeUndefined()
    requests.receive([1, [['main', html(2)]]])
    expect(ended['a#b']).toEqual([{ status: 'ok', patches: [['main', html(2)]], more: {} }])
  })

  test('a title that was told for this URL stays told, until there is another connection', () => {
    requests.resume()
    add('a#b')
    requests.receive([1, [['main', html(1)]], { t: 'One' }])
    add('a#b')
    requests.receive([2, [['main', html(2)]]])
    expect(ended['a#b']?.at(-1)).toMatchObject({ more: { t: 'One' } })
    requests.pause()
    requests.resume()
    add('a#b')
    requests.receive([3, [['main', html(3)]]])
    expect(ended['a#b']?.at(-1)).toEqual({ status: 'ok', patches: [['main', html(3)]], more: {} })
  })

  test('a request that is given up takes the connection with it: nothing late is taken for a base', () => {
    requests.resume()
    add('a#b')
    for (let second = 0; second < 60; second += 5) requests.receive([1, 'accepted'])
    requests.tick(60_000)
    expect(ended['a#b']).toMatchObject([{ status: 'timeout' }])
    expect(reconnects).toBe(1)
  })
})
