import { afterEach, describe, expect, it, vi } from 'vitest'
import { expressKit } from '../../e2e/hosts/express.ts'
import { fastifyKit } from '../../e2e/hosts/fastify.ts'
import { honoKit } from '../../e2e/hosts/hono.ts'
import { koaKit } from '../../e2e/hosts/koa.ts'
import { nodeKit } from '../../e2e/hosts/node.ts'
import { ownKit } from '../../e2e/hosts/own.ts'
import { hostConformance } from './conformance.ts'

const complaints = vi.spyOn(console, 'error')

afterEach(() => {
  const said = complaints.mock.calls.splice(0)
  expect(said, 'no host complains').toEqual([])
})

const kits = [ownKit, nodeKit, expressKit, fastifyKit, honoKit, koaKit]
const places = ['root', 'mounted', 'stripped'] as const

for (const kit of kits) {
  for (const place of places) {
    describe(`${kit.name} · ${place}`, () => {
      for (const { name, left, run } of hostConformance(kit, place)) if (left === undefined) it(name, run)
    })
  }
}

const leftBeside = ['apps at /shop, at /blog and at the root of one server stay apart']

const leftByOwn = [
  'a page that streams is visited and rendered again whole',
  'middleware before the route runs for a render again',
  'a visit may be answered 304, a render again never is',
  'a plain route and reflexes share one session',
  'reflexes and plain writes at once lose nothing',
  'a login by a plain route changes the id; a tab with the old one is told to come back',
  'a request that is being answered when the host closes stores its session',
  'the flash of a plain route is read by the next page, once',
  'the flash of a plain route is read by a render again, once',
  'with a body parser before Patella, the quiet request and forms are read',
  'with a body parser before Patella, the app’s own routes get their body',
  'with a body parser after Patella, the quiet request and forms are read',
  'with a body parser after Patella, the app’s own routes get their body',
  'it is unready, and in health, once it closes',
  'behind compression, streams are compressed and pages that stream rendered again',
  'actions run behind the host’s own middleware',
  'forms without JavaScript run behind the host’s own middleware',
]

/** By host and place; whatever is not named runs. */
const expected: Record<string, readonly string[]> = {
  "Patella's own · root": [...leftByOwn, ...leftBeside],
  "Patella's own · mounted": leftByOwn,
  "Patella's own · stripped": leftByOwn,
  'Fastify 5 · mounted': [
    'a page of Patella’s own is served beside the host’s routes',
    'a middleware of the list may answer for a page of Patella’s own',
  ],
}

it('leaves out on its own server what needs routes of an app, and little in a scope of Fastify’s', ({ task }) => {
  const found = kits.flatMap((kit) =>
    places.map((place) => {
      const rows = hostConformance(kit, place).filter(({ left }) => left !== undefined)
      return [`${kit.name} · ${place}`, rows.map(({ name, left = '' }) => [name, left] as const)] as const
    }),
  )
  Object.assign(task.meta, { left: Object.fromEntries(found) })
  for (const [where, rows] of found)
    expect(
      rows.map(([name]) => name),
      where,
    ).toEqual(expected[where] ?? [])
})
