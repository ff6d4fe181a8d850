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

it('leaves rows out on its own server, which has no routes of an app, and in a scope of Fastify’s', () => {
  const left = (place: (typeof places)[number]) =>
    kits.map((kit) => hostConformance(kit, place).filter((row) => row.left !== undefined).length)
  expect(places.map(left)).toEqual([
    [19, 0, 0, 0, 0, 0],
    [18, 0, 0, 2, 0, 0],
    [18, 0, 0, 0, 0, 0],
  ])
})
