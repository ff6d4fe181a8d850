import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Memcache, type MemcacheNode } from 'memcache'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { startMemcached } from '../../../scripts/services/memcached.mjs'
import type { Service } from '../../../scripts/services/service.mjs'
import { sessionStoreConformance } from '../conformance.ts'
import type { SessionStore } from '../store.ts'
import { type MemcachedOptions, memcached } from './memcached.ts'

const year = 31_536_000_000
const nothing = { version: 0, body: '' }
const write = (body: string, version = 0, ttl = 60_000, owner = 'a') => ({
  owner,
  version,
  next: version + 1,
  body,
  ttl,
})

let server: Service
let client: Memcache

beforeAll(async () => {
  server = await startMemcached()
  client = new Memcache(server.url)
  await client.connect()
})
afterAll(async () => {
  await client.disconnect()
  await server.stop()
})

const open = (options: MemcachedOptions = {}, url: string | string[] = server.url) => {
  const store = memcached(url, options)
  onTestFinished(() => store.close?.())
  return store
}
const start = async (...options: string[]) => {
  const own = await startMemcached(...options)
  onTestFinished(() => own.stop())
  return own
}

const attempt = (store: SessionStore) => Promise.resolve(store.read('x')).catch(() => undefined)
/** Seconds that Memcached will keep an item; -1: for ever; undefined: it is not there. */
const lifeOf = async (key: string) => {
  const answer = String(await client.nodes[0]?.command(`mg ${key} t`))
  return answer === 'EN' ? undefined : Number(/^HD t(-?\d+)$/.exec(answer)?.[1])
}
const connectionsOf = async ({ nodes }: Memcache) =>
  Number((await (nodes[0] as MemcacheNode).command('stats', { isStats: true })).total_connections)

describe.each(['its own connections', 'a client of yours'])('conformance, by %s', (by) => {
  let store: SessionStore
  beforeAll(() => {
    store = memcached(by === 'a client of yours' ? client : [server.url])
  })
  afterAll(() => store.close?.())
  for (const { name, run } of sessionStoreConformance(() => ({ store }))) test(name, run)
})

test('a client of yours says where, and is neither used nor closed', async () => {
  const yours = new Memcache(server.url)
  const store = memcached(yours)
  expect(await store.commit('yours', write('x'))).toBe(true)
  expect(yours.isConnected()).toBe(false)
  await yours.connect()
  await store.close?.()
  expect(yours.isConnected()).toBe(true)
  await yours.disconnect()
})

test('what cannot be right is refused at once', () => {
  const node = { id: 'a:1', uri: 'memcache://a:1', host: 'a', port: 1, hasSaslCredentials: false }
  const hash = { getNodesByKey: () => [] }
  for (const wrong of ['http://a', 'a:b', 'a:0', 'a:65536', 'me:secret@a:1', '/run/memcached.sock', 'a b', ',', []])
    expect(() => memcached(wrong), String(wrong)).toThrow('is no host:port')
  expect(() => memcached({ hash, nodes: [{ ...node, hasSaslCredentials: true }] })).toThrow('SASL')
  expect(() => memcached({ hash, nodes: [{ ...node, uri: 'memcaches://a:1' }] })).toThrow('TLS')
  expect(() => memcached('a', { commandTimeout: 0 })).toThrow('commandTimeout takes 1 or more')
  for (const right of ['a', 'a:1', 'memcached://a:1/', 'memcache://a', 'tcp://a:1', '[::1]', '[::1]:1', 'a, b:2'])
    expect(() => memcached(right), right).not.toThrow()
})

test('without an address it goes where the environment says', async () => {
  vi.stubEnv('MEMCACHED_URL', server.url)
  onTestFinished(() => void vi.unstubAllEnvs())
  const store = memcached()
  expect(await store.commit('environment', write('x'))).toBe(true)
  expect(await client.get('environment')).toContain('\nx')
  await store.close?.()
})

test('a key with a command in it is not sent', async () => {
  const store = open()
  for (const key of ['', 'a b', 'a\r\nflush_all', 'x'.repeat(201), 'é']) {
    await expect(store.read(key), key).rejects.toThrow('the key is not made of')
    await expect(store.acquire(key, 'a', 1_000), key).rejects.toThrow('the key is not made of')
  }
})

test('a life of more than 30 days is no moment of 1970, and one past 2038 is long', async () => {
  const store = open()
  expect(await store.commit('year', write('x', 0, year))).toBe(true)
  expect(await store.read('year')).toEqual({ version: 1, body: 'x' })
  expect(Math.abs(((await lifeOf('year')) as number) - year / 1_000)).toBeLessThan(3_600)
  await store.touch('year', 50 * year)
  expect(await store.read('year')).toEqual({ version: 1, body: 'x' })
})

test('a lease on nothing goes with its time, or when it is given back', async () => {
  const store = open()
  await store.acquire('leased', 'a', 5_000)
  expect(await lifeOf('leased')).toBeGreaterThan(0)
  expect(await lifeOf('leased')).toBeLessThanOrEqual(6)
  await store.release('leased', 'a')
  expect(await lifeOf('leased')).toBeUndefined()
})

test('one connection does for all, and a body that is too long leaves it as it is', async () => {
  const before = await connectionsOf(client)
  const store = open()
  await Promise.all(Array.from({ length: 20 }, (_, n) => store.read(`many:${n}`)))
  const key = 'k'.repeat(200)
  const longest = 'x'.repeat(store.maxBytes as number)
  expect(await store.commit(key, write(longest, 0, 60_000, 'o'.repeat(64)))).toBe(true)
  await expect(store.commit('long', write('x'.repeat(1_100_000)))).rejects.toThrow('too large')
  expect(await store.read('long')).toEqual(nothing)
  expect((await store.read(key)).body === longest).toBe(true)
  expect((await connectionsOf(client)) - before).toBe(1)
})

test.each(['flush', 'delete'] as const)(
  'what was dropped by %s between load and commit is not brought back',
  async (how) => {
    const store = open()
    await store.commit('dropped', write('x'))
    expect(await store.acquire('dropped', 'a', 60_000)).toEqual({ version: 1, body: 'x' })
    await (how === 'flush' ? client.flush() : client.delete('dropped'))
    expect(await store.commit('dropped', write('y', 1))).toBe(false)
    expect(await store.read('dropped')).toEqual(nothing)
  },
)

test('a commit that is sent again after it was written is answered as written', async () => {
  const store = open()
  expect(await store.commit('again', write('x'))).toBe(true)
  expect(await store.acquire('again', 'b', 60_000)).toEqual({ version: 1, body: 'x' })
  expect(await store.commit('again', write('x'))).toBe(true)
  expect(await store.commit('again', write('x', 0, 60_000, 'c'))).toBe(false)
  expect(await store.commit('again', write('y'))).toBe(false)
  expect(await store.acquire('again', 'c', 60_000)).toBe(null)
})

test('what is not its own under a key counts as not there, and is replaced', async () => {
  const store = open()
  for (const foreign of [
    '',
    '{"cookie":{}}',
    'patella 1 a - 0\nx',
    'patella x a - 0 0\n',
    'patella 1 a - 0 9999999999999',
    '\n',
  ]) {
    await client.set('foreign', foreign)
    expect(await store.read('foreign'), foreign).toEqual(nothing)
    expect(await store.acquire('foreign', 'a', 1_000)).toEqual(nothing)
    expect(await store.commit('foreign', write('x')), foreign).toBe(true)
  }
})

test('a body that looks like an item or like an answer stays a body', async () => {
  const store = open()
  const item = 'patella 7 b b 9999999999999 9999999999999\nx'
  for (const [version, body] of [item, 'END\r\n', '\r\nEND\r\nVALUE body 0 1\r\ny\r\nEND\r\n'].entries()) {
    expect(await store.commit('body', write(body, version))).toBe(true)
    expect(await store.acquire('body', 'a', 60_000)).toEqual({ version: version + 1, body })
  }
})

test('of several servers each key has one, the same for any order', async () => {
  const [first, second] = [await start(), await start()]
  const one = open({}, [first.url, second.url])
  const two = open({}, [`${second.url}, ${first.url}`])
  const keys = Array.from({ length: 50 }, () => randomUUID())
  for (const key of keys) {
    expect(await one.commit(key, write(key))).toBe(true)
    expect((await two.read(key)).body).toBe(key)
  }
  const there = open({}, second.url)
  const count = (await Promise.all(keys.map((key) => there.read(key)))).filter(({ version }) => version > 0).length
  // Half of them, give or take six standard deviations.
  expect(Math.abs(count - 25)).toBeLessThan(22)
})

describe('faults', () => {
  test('a server that dies fails the request, and is found again', async () => {
    const own = await start()
    const store = open({}, own.url)
    await store.commit('x', write('x'))
    await own.kill()
    await expect(store.read('x')).rejects.toThrow()
    await own.start()
    await expect.poll(() => attempt(store), { timeout: 6_000 }).toEqual(nothing)
  })

  test('a frozen one fails what waits and nothing else, and is found again', async () => {
    const own = await start()
    const store = open({ maxPending: 10 }, own.url)
    await store.read('x')
    own.signal('SIGSTOP')
    const waiting = Array.from({ length: 10 }, () => attempt(store))
    await expect(store.read('x')).rejects.toThrow('10 commands wait for an answer already')
    expect((await Promise.all(waiting)).every((answer) => answer === undefined)).toBe(true)
    own.signal('SIGCONT')
    await expect.poll(() => attempt(store), { timeout: 6_000 }).toEqual(nothing)
  })

  test('one without cas is told from one that others are faster with', async () => {
    const store = open({}, (await start('-C')).url)
    expect(await store.acquire('x', 'a', 1_000)).toEqual(nothing)
    await expect(store.commit('x', write('x'))).rejects.toThrow('started with -C')
  })

  test('a connection that answers nothing is given up, however much is sent on it', async () => {
    const { url, hooks } = await between()
    const store = open({ commandTimeout: 500 }, url)
    await store.read('x')
    hooks.up = () => {}
    const busy = setInterval(() => void attempt(store), 50)
    onTestFinished(() => clearInterval(busy))
    await expect(store.read('x')).rejects.toThrow('no answer for 500 ms')
    hooks.up = pass
    await expect.poll(() => attempt(store), { timeout: 6_000 }).toEqual(nothing)
  })

  test('closing fails what waits, and opens nothing', async () => {
    const { url, hooks } = await between()
    const store = open({}, url)
    await store.read('x')
    const sent = new Promise((resolve) => (hooks.up = resolve))
    const waiting = expect(store.read('x')).rejects.toThrow('the store was closed')
    await sent
    await store.close?.()
    await waiting
  })

  test('one that was closed while it lay idle fails nobody', async () => {
    const { url, hooks } = await between()
    const store = open({}, url)
    await store.commit('idle', write('x'))
    hooks.up = (_chunk, from) => {
      hooks.up = pass
      from.destroy()
    }
    expect(await store.read('idle')).toEqual({ version: 1, body: 'x' })
  })

  test('a commit whose answer is lost with the connection is written once', async () => {
    const { url, hooks } = await between()
    const store = open({}, url)
    await store.acquire('lost', 'a', 60_000)
    hooks.down = (chunk, _from, to) => {
      if (!String(chunk).startsWith('STORED')) return void to.write(chunk)
      hooks.down = pass
      to.destroy()
    }
    expect(await store.commit('lost', write('x'))).toBe(true)
    expect(await store.read('lost')).toEqual({ version: 1, body: 'x' })
  })

  test.each(['sec', 'secret of A\r\n'])('half an answer, to "%s", is not given to whoever asks next', async (end) => {
    const { url, hooks } = await between()
    const direct = open()
    await client.delete('whose:A')
    await direct.commit('whose:A', write('secret of A'))
    await direct.commit('whose:B', write('B', (await direct.read('whose:B')).version))
    const store = open({}, url)
    hooks.down = (chunk, _from, to) => {
      hooks.down = pass
      to.end(chunk.subarray(0, chunk.indexOf(end) + end.length))
    }
    await expect(store.read('whose:A')).rejects.toThrow()
    expect((await store.read('whose:B')).body).toBe('B')
  })

  test('a touch that a commit overtakes changes nothing of it', async () => {
    const { url, hooks } = await between()
    const direct = open()
    await direct.commit('touched', write('x'))
    hooks.up = async (chunk, _from, to) => {
      if (String(chunk).startsWith('cas')) {
        hooks.up = pass
        expect(await direct.commit('touched', write('y', 1))).toBe(true)
      }
      to.write(chunk)
    }
    await open({}, url).touch('touched', year)
    expect(await direct.read('touched')).toEqual({ version: 2, body: 'y' })
    expect(await lifeOf('touched')).toBeGreaterThan(year / 2_000)
  })

  test.each([
    ['of another key', 'HD c1\r\n', 'VALUE other 0 1\r\nx\r\nEND\r\n'],
    ['of another kind', 'STORED\r\n', 'END\r\n'],
    ['of an old server', 'ERROR\r\n', 'END\r\n'],
  ])('an answer %s is not taken for one', async (_, token, value) => {
    const url = await serve((socket) =>
      socket.on('data', (chunk) => {
        for (const [command] of String(chunk).matchAll(/^(?:mg|get)/gm)) socket.write(command === 'mg' ? token : value)
      }),
    )
    await expect(open({}, url).acquire('x', 'a', 1_000)).rejects.toThrow(/this is no answer of Memcached 1.6|ERROR/)
  })
})

type Hook = (chunk: Buffer, from: Socket, to: Socket) => unknown
const pass: Hook = (chunk, _from, to) => to.write(chunk)

/** A way to the server on which hooks see, and may change, what the store and the server send. */
async function between() {
  const hooks: { up: Hook; down: Hook } = { up: pass, down: pass }
  const url = await serve((near) => {
    const far = connect(server.port, '127.0.0.1')
    near.on('data', (chunk) => hooks.up(chunk, near, far))
    far.on('data', (chunk) => hooks.down(chunk, far, near))
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on('error', () => {}).on('close', () => other.destroy())
  })
  return { url, hooks }
}

async function serve(talk: (socket: Socket) => unknown): Promise<string> {
  const sockets = new Set<Socket>()
  const listener = createServer((socket) => {
    sockets.add(socket)
    talk(socket)
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  onTestFinished(() => {
    listener.close()
    for (const socket of sockets) socket.destroy()
  })
  return `127.0.0.1:${(listener.address() as AddressInfo).port}`
}
