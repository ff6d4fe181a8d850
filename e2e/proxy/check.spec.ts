import { spawn } from 'node:child_process'
import { expect, test } from '@playwright/test'
import { type Child, startServer } from '../support/child.ts'
import { documented, startNginx } from '../support/nginx.ts'

/** The documents' configuration with one line broken each, and what `patella check` is to name. */
const broken: [name: string, change: (config: string) => string, step: string, named: string][] = [
  [
    'no upgrade',
    without('proxy_set_header Upgrade $http_upgrade;'),
    'upgrade',
    'proxy_set_header Upgrade $http_upgrade;',
  ],
  ['no Host', without('proxy_set_header Host $http_host;'), 'origin', 'proxy_set_header Host $http_host;'],
  [
    'no X-Forwarded-Proto',
    without('proxy_set_header X-Forwarded-Proto $scheme;'),
    'origin',
    'proxy_set_header X-Forwarded-Proto $scheme;',
  ],
  [
    'connections that are given up too soon',
    (config) => config.replace('proxy_read_timeout 75s;', 'proxy_read_timeout 1s;'),
    'idle',
    'proxy_read_timeout',
  ],
  [
    'a path of Patella’s that is kept from the app',
    (config) => config.replace('location / {', 'location /patella/ { return 404; }\n  location / {'),
    'script',
    'location /',
  ],
  [
    'a cookie that is hidden',
    (config) => config.replace('proxy_pass http://app;', 'proxy_pass http://app; proxy_hide_header Set-Cookie;'),
    'cookie',
    'proxy_hide_header Set-Cookie;',
  ],
  [
    'a cache that gives one visitor’s cookie to the next',
    (config) =>
      config.replace(
        'proxy_pass http://app;',
        'proxy_pass http://app; proxy_cache pages; proxy_cache_valid 1m; proxy_ignore_headers Set-Cookie Cache-Control Vary;',
      ),
    'cookie',
    'proxy_cache off;',
  ],
]

let app: Child
test.beforeAll(async () => {
  app = await startServer('e2e/support/proxied-server.mjs', { env: { TRUST: 'loopback' } })
})
test.afterAll(() => app.stop())

test('a configuration that works is all well', async () => {
  const { code, findings, text } = await check(documented)
  expect(code, text).toBe(0)
  expect(findings.map(({ step, ok }) => [step, ok])).toEqual(
    ['page', 'script', 'ready', 'cookie', 'origin', 'upgrade', 'reflex', 'idle'].map((step) => [step, true]),
  )
})

for (const [name, change, step, named] of broken) {
  test(`${name}: the line is named`, async () => {
    expect(change(documented)).not.toBe(documented)
    const { code, findings, text } = await check(change(documented))
    expect(code, text).toBe(1)
    const fault = findings.find((finding) => finding.step === step)
    expect(fault, text).toMatchObject({ ok: false, remedy: expect.stringContaining(named) })
  })
}

test('an app that does not trust its proxy is told apart from a proxy that says nothing', async () => {
  const distrustful = await startServer('e2e/support/proxied-server.mjs')
  try {
    const { code, findings, text } = await check(documented, distrustful.port)
    expect(code, text).toBe(1)
    expect(findings.find(({ step }) => step === 'origin')?.remedy, text).toContain('trustProxy')
  } finally {
    await distrustful.stop()
  }
})

test('an app that is not there', async () => {
  const { code, text } = await check(documented, 9)
  expect(code).toBe(1)
  expect(text).toContain('proxy_pass')
})

interface Finding {
  step: string
  ok: boolean
  remedy?: string
}

/** Runs the built command through an nginx of this configuration. */
async function check(
  config: string,
  port = app.port,
): Promise<{ code: number | null; findings: Finding[]; text: string }> {
  const nginx = await startNginx(config, port)
  try {
    const args = ['dist/server/cli/main.js', 'check', nginx.origin, '--insecure', '--idle', '4', '--json']
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk))
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
    const findings = text
      .trim()
      .split('\n')
      .map((line): Finding => JSON.parse(line))
    return { code, findings, text }
  } finally {
    await nginx.stop()
  }
}

function without(line: string): (config: string) => string {
  return (config) => config.replace(line, '')
}
