import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { describe, expect, test } from 'vitest'
import { createRoutes } from './routes.ts'

describe('routes', () => {
  test('catch parameters, decoded', () => {
    const routes = routesOf('/users/:id', '/files/*path', '/posts{/:year}')
    expect(routes.match('/users/a%20b%2Fc')).toEqual({ value: '/users/:id', params: { id: 'a b/c' } })
    expect(routes.match('/files/a/b%20c')).toEqual({ value: '/files/*path', params: { path: ['a', 'b c'] } })
    expect(routes.match('/posts')).toEqual({ value: '/posts{/:year}', params: {} })
    expect(routes.match('/posts/2026')?.params.year).toBe('2026')
    expect(routes.match('/users')).toBeUndefined()
  })

  test('give parameters without a prototype', () => {
    const { params } = routesOf('/:constructor').match('/x') ?? {}
    expect(params && Object.getPrototypeOf(params)).toBeNull()
    expect(params?.constructor).toBe('x')
    const fixed = routesOf('/a').match('/a')
    expect(fixed && 'toString' in fixed.params).toBe(false)
  })

  test('the first that was added wins, whatever its kind', () => {
    expect(routesOf('/:page', '/about').match('/about')?.value).toBe('/:page')
    expect(routesOf('/about', '/:page').match('/about')?.value).toBe('/about')
    expect(routesOf('/*any/', '/about').match('/about/')?.value).toBe('/*any/')
    const routes = createRoutes<number>()
    routes.add('/a', 1)
    routes.add('/A/', 2)
    expect(routes.match('/a')?.value).toBe(1)
  })

  test('a value may be undefined', () => {
    const routes = createRoutes<undefined>()
    routes.add('/a', undefined)
    expect(routes.match('/a')).toEqual({ value: undefined, params: {} })
  })

  test('a malformed escape is no match', () => {
    expect(routesOf('/users/:id').match('/users/%zz')).toBeUndefined()
    expect(routesOf('/users/:id').match('/users/%ff')).toBeUndefined()
    expect(routesOf('/%zz').match('/%zz')?.value).toBe('/%zz')
  })

  test('are written as they read', () => {
    expect(routesOf('/über/:name').match('/%C3%BCber/x')?.params.name).toBe('x')
    expect(routesOf('/a%20b').match('/a%20b')?.value).toBe('/a%20b')
  })

  test('a pattern that is none is refused when it is added', () => {
    expect(() => routesOf('/a*')).toThrow(/Missing parameter name/)
    expect(() => routesOf('/a(b)')).toThrow(/Unexpected/)
  })
})

test('match what Express matches', async () => {
  const patterns = ['/', '/a', '/a/b/', '/Mixed', '/u/:id', '/f/*path', '/o{/:x}', '/v/:a-:b', '/e\\:f', '/t/:x.:y']
  const paths = [
    '/',
    '/a',
    '/A',
    '/a/',
    '/a//',
    '/a/b',
    '/a/b/',
    '/mixed/',
    '/u',
    '/u/',
    '/u/1',
    '/u/1/',
    '/u/1/2',
    '/U/x%20y',
  ]
  paths.push('/f', '/f/', '/f/1', '/f/1/2/', '/o', '/o/1', '/v/1-2', '/v/1', '/e:f', '/t/a.b', '/%61')
  const app = express()
  for (const pattern of patterns) app.get(pattern, (request, response) => response.json([pattern, request.params]))
  const server = createServer(app).listen(0)
  try {
    const { port } = server.address() as AddressInfo
    const routes = routesOf(...patterns)
    for (const path of paths) {
      const response = await fetch(`http://localhost:${port}${path}`)
      const found = routes.match(path)
      expect([path, found && [found.value, { ...found.params }]]).toEqual([
        path,
        response.ok ? await response.json() : undefined,
      ])
    }
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

function routesOf(...patterns: string[]) {
  const routes = createRoutes<string>()
  for (const pattern of patterns) routes.add(pattern, pattern)
  return routes
}
