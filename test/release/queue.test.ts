import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { holdMark, queueLink, queueSocket } from '../../src/contract/paths.js'
import type { Slot } from '../../src/contract/service.js'
import { ask, moved, type NginxFolder, nginxFolder, startNginx, WITHOUT_NGINX } from './nginx-server.js'
import { app, released } from './samples.js'

/** systemd's own stand-in for a socket unit; it needs no running systemd. */
const SOCKET_ACTIVATE = '/usr/bin/systemd-socket-activate'
/** How many requests wait in these tests. */
const WAITING = 20

const skip = WITHOUT_NGINX || (existsSync(SOCKET_ACTIVATE) ? false : 'systemd is not installed')

describe('the queue of a hard-coded port', { skip }, () => {
  let nginx: NginxFolder
  let stop: () => Promise<void>
  let release: ReturnType<typeof released>
  let instance: Server
  let port: number
  const queues: ChildProcess[] = []

  before(async () => {
    instance = await start('0', 0)
    port = (instance.address() as AddressInfo).port
    release = released(app({ listen: { port }, routes: ['http://example.com'] }))
    nginx = nginxFolder(release.nginx.files)
    mkdirSync(join(nginx.path, 'run/slipway-hold'), { recursive: true })
    stop = await startNginx(nginx)
  })
  after(async () => {
    await stop()
    await end(instance)
    for (const queue of queues) {
      queue.kill()
      if (queue.exitCode === null && queue.signalCode === null) await once(queue, 'exit')
    }
    nginx.remove()
  })

  /** A program that answers with the number of its release. */
  async function start(number: string, at: number): Promise<Server> {
    const server = createServer((_, response) => response.end(number))
    server.listen(at, '127.0.0.1')
    await once(server, 'listening')
    return server
  }

  async function end(server: Server): Promise<void> {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }

  const here = (path: string) => moved(path, nginx.path)

  /** Does what systemd does for the queue's units: it listens, and starts the service with the first request. */
  async function queue(slot: Slot): Promise<string> {
    const unit = here(release.units[`web@queue-${slot}.service`] ?? '')
    const [, script = ''] = /^ExecStart=\/bin\/sh -c '(.*)'$/m.exec(unit) ?? []
    const path = here(queueSocket('web', slot))
    rmSync(path, { force: true })
    // In ExecStart= a dollar sign is written twice.
    const args = ['-l', path, '/bin/sh', '-c', script.replaceAll('$$', '$')]
    const child = spawn(SOCKET_ACTIVATE, args, { stdio: 'ignore' })
    queues.push(child)
    while (!existsSync(path)) {
      assert.equal(child.exitCode, null)
      await sleep(10)
    }
    return path
  }

  /** How many connections somebody has made to a socket. */
  function connections(path: string): number {
    const sockets = readFileSync('/proc/net/unix', 'utf8').split('\n')
    return sockets.filter((line) => line.endsWith(` ${path}`)).length - 1
  }

  async function answered(): Promise<string> {
    const { status, body } = await ask(nginx, 'example.com', '/')
    return `${status} ${body}`
  }

  for (const [index, slot] of (['green', 'blue', 'green'] as const).entries()) {
    it(`keeps what comes while release ${index + 1} replaces another, in ${slot}`, async () => {
      assert.equal(await answered(), `200 ${index}`)
      const path = await queue(slot)
      rmSync(here(queueLink('web')), { force: true })
      symlinkSync(path, here(queueLink('web')))
      writeFileSync(here(holdMark('web')), '')
      await end(instance)
      const early: string[] = []
      const waiting = Array.from({ length: WAITING }, async () => {
        const answer = await answered()
        early.push(answer)
        return answer
      })
      while (connections(path) < WAITING) {
        assert.deepEqual(early, [])
        await sleep(10)
      }
      instance = await start(String(index + 1), port)
      rmSync(here(holdMark('web')))
      assert.deepEqual(await Promise.all(waiting), new Array(WAITING).fill(`200 ${index + 1}`))
      assert.equal(await answered(), `200 ${index + 1}`)
    })
  }

  it('says that the service does not answer where nobody holds requests', async () => {
    await end(instance)
    try {
      const { status, body } = await ask(nginx, 'example.com', '/')
      assert.equal(status, 502)
      assert.match(body, /<title>Not available<\/title>/)
    } finally {
      instance = await start('x', port)
    }
  })
})
