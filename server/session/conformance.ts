import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Awaitable, SessionStore, SessionWrite } from './store.ts'

export interface StoreCheck {
  name: string
  run(): Promise<void>
}

/**
 * What every session store must do, as checks that any test runner can loop over; `make` gives a store for each of them,
 * which may keep what the others left. Expiry is awaited by asking again, up to 10 s.
 *
 * @example
 * for (const { name, run } of sessionStoreConformance(() => ({ store: myStore() }))) test(name, run)
 */
export function sessionStoreConformance(
  make: () => Awaitable<{ store: SessionStore; close?(): Awaitable<void> }>,
): StoreCheck[] {
  return Object.entries(checks).map(([name, check]) => ({
    name,
    async run() {
      const { store, close } = await make()
      try {
        await check(store, `check:${randomUUID()}`)
      } finally {
        await close?.()
      }
    },
  }))
}

/** Long enough for any check. */
const long = 60_000
const nothing = { version: 0, body: '' }

const checks: Record<string, (store: SessionStore, key: string) => Promise<void>> = {
  async 'says its name'({ name }) {
    assert.match(name, /^\S+$/)
  },

  async 'reads version 0 and an empty body where nothing is stored'(store, key) {
    assert.deepEqual(await store.read(key), nothing)
    assert.deepEqual(await store.acquire(key, 'a', long), nothing)
  },

  async 'gives back what was committed, under the version that was given'(store, key) {
    assert.equal(await write(store, key, 'one'), true)
    assert.deepEqual(await store.read(key), { version: 1, body: 'one' })
    assert.equal(await write(store, key, 'two', { version: 1 }), true)
    assert.deepEqual(await store.read(key), { version: 2, body: 'two' })
    assert.deepEqual(await store.acquire(key, 'a', long), { version: 2, body: 'two' })
    const high = 999_999_999_999_999
    assert.equal(await write(store, key, 'high', { owner: 'a', version: 2, next: high }), true)
    assert.deepEqual(await store.acquire(key, 'a', long), { version: high, body: 'high' })
    assert.equal(await write(store, key, 'low', { owner: 'a', version: 2 }), false)
    const first = `${key}:first`
    assert.equal(await write(store, first, 'one', { next: high }), true)
    assert.deepEqual(await store.read(first), { version: high, body: 'one' })
    const leased = `${key}:leased`
    assert.ok(await store.acquire(leased, 'a', long))
    assert.equal(await write(store, leased, 'one', { owner: 'a', next: high }), true)
    assert.deepEqual(await store.read(leased), { version: high, body: 'one' })
  },

  async 'keeps any text as it is'(store, key) {
    const texts = [
      '',
      ' ',
      '\n',
      'null',
      '0',
      '{"a":"\\u0000"}',
      '\u0001\r\n\t',
      'žluťoučký 🐎 \u2028',
      "'; --",
      '%s{}$1',
    ]
    for (const [version, body] of texts.entries()) {
      assert.equal(await write(store, key, body, { version }), true)
      assert.deepEqual(await store.read(key), { version: version + 1, body })
    }
    const longest = 'é'.repeat(Math.min(store.maxBytes ?? 262_144, 262_144) / 2)
    assert.equal(await write(store, key, longest, { version: texts.length }), true)
    assert.equal((await store.read(key)).body, longest)
  },

  async 'keeps every key apart'(store, key) {
    const keys = ['A', 'a', '0', '_', '-', ':', '::'].map((end) => `${key}${end}`)
    keys.push(key.padEnd(199, 'x'), key.padEnd(200, 'x'), '__proto__', 'constructor')
    const bodies = keys.map((of) => `${of} ${Math.random()}`)
    for (const [n, of] of keys.entries()) {
      const { version } = await store.read(of)
      assert.equal(await write(store, of, bodies[n] as string, { version }), true)
    }
    for (const [n, of] of keys.entries()) assert.equal((await store.read(of)).body, bodies[n])
  },

  async 'leases a key to one owner at a time, stored or not'(store, key) {
    for (const version of [0, 1]) {
      assert.ok(await store.acquire(key, 'a', long))
      assert.equal(await store.acquire(key, 'b', long), null)
      assert.equal((await store.read(key)).version, version)
      assert.equal(await write(store, key, 'x', { owner: 'a', version }), true)
    }
    assert.ok(await store.acquire(key, 'b', long))
  },

  async 'leases a key to its owner again'(store, key) {
    assert.ok(await store.acquire(key, 'a', long))
    assert.deepEqual(await store.acquire(key, 'a', long), nothing)
    assert.equal(await store.acquire(key, 'b', long), null)
  },

  async 'gives a lease back by commit and by release'(store, key) {
    assert.ok(await store.acquire(key, 'a', long))
    assert.equal(await write(store, key, 'x', { owner: 'a' }), true)
    assert.ok(await store.acquire(key, 'b', long))
    await store.release(key, 'b')
    assert.deepEqual(await store.acquire(key, 'c', long), { version: 1, body: 'x' })
  },

  async 'leaves the lease of another at release'(store, key) {
    await store.release(key, 'a')
    assert.ok(await store.acquire(key, 'a', long))
    await store.release(key, 'b')
    assert.equal(await store.acquire(key, 'b', long), null)
  },

  async 'commits without a lease where nobody has one'(store, key) {
    assert.equal(await write(store, key, 'x', { owner: 'a' }), true)
    assert.equal(await write(store, key, 'y', { owner: 'b', version: 1 }), true)
  },

  async 'refuses a commit while another has the lease'(store, key) {
    assert.ok(await store.acquire(key, 'a', long))
    assert.equal(await write(store, key, 'x', { owner: 'b' }), false)
    assert.deepEqual(await store.read(key), nothing)
    assert.equal(await store.acquire(key, 'c', long), null)
  },

  async 'refuses a commit of another version'(store, key) {
    assert.equal(await write(store, key, 'x', { version: 1 }), false)
    assert.deepEqual(await store.read(key), nothing)
    assert.equal(await write(store, key, 'x'), true)
    for (const version of [0, 2]) assert.equal(await write(store, key, 'y', { version }), false)
    assert.deepEqual(await store.read(key), { version: 1, body: 'x' })
  },

  async 'lets a lease run out'(store, key) {
    assert.ok(await store.acquire(key, 'a', 20))
    await until(() => store.acquire(key, 'b', long))
    assert.equal(await store.acquire(key, 'a', long), null)
  },

  async 'refuses the holder of a lease that ran out, once another committed'(store, key) {
    await write(store, key, 'x')
    assert.ok(await store.acquire(key, 'frozen', 20))
    await until(() => store.acquire(key, 'b', long))
    assert.equal(await write(store, key, 'late', { owner: 'frozen', version: 1 }), false)
    assert.equal(await write(store, key, 'y', { owner: 'b', version: 1 }), true)
    assert.equal(await write(store, key, 'late', { owner: 'frozen', version: 1 }), false)
    assert.deepEqual(await store.read(key), { version: 2, body: 'y' })
  },

  async 'takes the commit of a lease that ran out unnoticed'(store, key) {
    assert.ok(await store.acquire(key, 'a', 1))
    await until(() => store.acquire(key, 'b', 1))
    await until(() => store.acquire(key, 'c', long))
    await store.release(key, 'c')
    assert.equal(await write(store, key, 'x', { owner: 'a' }), true)
  },

  async 'forgets a record whose life is over, its version too'(store, key) {
    assert.equal(await write(store, key, 'x', { ttl: 20 }), true)
    await until(async () => (await store.read(key)).version === 0)
    assert.deepEqual(await store.acquire(key, 'a', long), nothing)
    assert.equal(await write(store, key, 'y', { owner: 'a' }), true)
    assert.deepEqual(await store.read(key), { version: 1, body: 'y' })
  },

  async 'renews the life at each commit'(store, key) {
    await inLife(store, key, async (of, ttl) => {
      assert.equal(await write(store, of, 'x', { ttl }), true)
      return write(store, of, 'y', { version: 1 })
    })
  },

  async 'touch renews the life and nothing else'(store, key) {
    await inLife(store, key, async (of, ttl) => {
      assert.equal(await write(store, of, 'x', { ttl }), true)
      assert.ok(await store.acquire(of, 'a', long))
      await store.touch(of, long)
      const { version, body } = await store.read(of)
      assert.equal(await store.acquire(of, 'b', long), null)
      assert.equal(await write(store, of, 'y', { owner: 'a', version }), true)
      assert.ok(version === 0 || body === 'x')
      return version === 1
    })
  },

  async 'touch shortens a life too'(store, key) {
    assert.equal(await write(store, key, 'x'), true)
    await store.touch(key, 20)
    await until(async () => (await store.read(key)).version === 0)
  },

  async 'touch neither makes a record nor revives one'(store, key) {
    await store.touch(key, long)
    assert.deepEqual(await store.read(key), nothing)
    await write(store, key, 'x', { ttl: 20 })
    await until(async () => (await store.read(key)).version === 0)
    await store.touch(key, long)
    assert.deepEqual(await store.read(key), nothing)
  },

  async 'lets 100 contenders count to 100'(store, key) {
    const increment = async (owner: string) => {
      const { version, body } = await until(() => store.acquire(key, owner, long))
      // Gives the others a chance to come in between.
      await new Promise((resolve) => setImmediate(resolve))
      assert.equal(await write(store, key, String(Number(body) + 1), { owner, version }), true)
    }
    await Promise.all(Array.from({ length: 100 }, (_, n) => increment(`owner.${n}`)))
    assert.deepEqual(await store.read(key), { version: 100, body: '100' })
  },

  async 'lets one of 20 commits of the same version through'(store, key) {
    const commits = Array.from({ length: 20 }, (_, n) => write(store, key, String(n), { owner: `owner.${n}` }))
    assert.equal((await Promise.all(commits)).filter(Boolean).length, 1)
    assert.equal((await store.read(key)).version, 1)
  },
}

function write(
  store: SessionStore,
  key: string,
  body: string,
  { owner = 'writer', version = 0, next, ttl = long }: Partial<SessionWrite> = {},
): Promise<boolean> {
  return Promise.resolve(store.commit(key, { owner, version, next: next ?? version + 1, body, ttl }))
}

/**
 * Runs what gives a record of a short life a long one, and sees that it has it. A machine that stalled, so that the
 * record was gone before (`false`), gets another try with a longer life.
 */
async function inLife(store: SessionStore, key: string, run: (key: string, ttl: number) => Promise<boolean>) {
  for (const ttl of [50, 1_000, 8_000]) {
    const of = `${key}:${ttl}`
    if (!(await run(of, ttl))) continue
    // Written after it and as short-lived as it was: when this is gone, it would be gone as well.
    await write(store, `${of}:clock`, '', { ttl })
    await until(async () => (await store.read(`${of}:clock`)).version === 0)
    assert.notEqual((await store.read(of)).version, 0)
    return
  }
  assert.fail('the record was gone at once')
}

/** Asks until the answer is truthy; a store that polls or is far away is given 10 s. */
async function until<T>(ask: () => Awaitable<T>): Promise<NonNullable<T>> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    assert.ok(Date.now() < deadline, 'waited 10 s for the store')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
