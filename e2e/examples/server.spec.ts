import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { expect, test } from '@playwright/test'

const run = promisify(execFile)

for (const file of ['dist/examples/server.js', 'dist/examples/express.js']) {
  test(`${file}: a taken port is said in one line`, async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, resolve))
    const { port } = other.address() as AddressInfo
    const ended = await run(process.execPath, [file], { env: { ...process.env, PORT: String(port) } }).catch(
      (error: { code: number; stdout: string; stderr: string }) => error,
    )
    other.close()
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toBe(
      `Port ${port} is taken. Set PORT to another one, or stop the program that listens there.\n`,
    )
  })
}
