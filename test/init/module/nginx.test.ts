import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { service, site } from '../../../src/index.js'
import { moduleFile } from '../../../src/init/module/module-file.js'
import { type Folder, temporaryFolder, WITHOUT_NIX } from '../../nix/samples.js'
import {
  ask,
  moved,
  type NginxFolder,
  nginxFolder,
  startNginx,
  WITHOUT_NGINX,
} from '../../release/nginx-server.js'
import { imported, machine, storePath } from './nixos.js'
import { configOf } from './samples.js'

/** What a module makes of nginx, in a real one. */
describe("a module's nginx", { skip: WITHOUT_NIX || WITHOUT_NGINX }, () => {
  const own = mkdtempSync(join(tmpdir(), 'slipway-upstream-'))
  const socket = join(own, 'web.sock')
  let folder: Folder
  let nginx: NginxFolder
  let server: Server
  let stop: () => Promise<void>

  before(async () => {
    folder = temporaryFolder()
    server = createServer((request, response) =>
      response.end(JSON.stringify({ url: request.url, headers: request.headers })),
    )
    await new Promise<void>((resolve) => server.listen(socket, resolve))
    const config = configOf({
      forum: service({
        package: '.#web',
        listen: 'socket',
        routes: [
          'https://example.com/my.forum',
          'http://forum.example',
          { url: 'http://kept.example/kept', strip: false },
        ],
      }),
      pages: site({
        package: '.#site',
        dir: 'public',
        routes: ['http://example.com', 'http://forum.example/doc/'],
      }),
      lists: site({
        package: '.#site',
        dir: 'public',
        fallback: 'index.html',
        routes: ['http://lists.example'],
      }),
    })
    const { http } = await machine([
      imported(folder, moduleFile(config)),
      `{
        services.forum = { enable = true; socket = "${socket}"; };
        services.pages.enable = true;
        services.lists.enable = true;
        services.nginx.recommendedProxySettings = true;
      }`,
    ])
    nginx = nginxFolder({})
    const text = readFileSync(join(nginx.path, 'nginx.conf'), 'utf8')
    const listening = http.replaceAll('listen 0.0.0.0:80;', `listen unix:${nginx.path}/web;`)
    writeFileSync(
      join(nginx.path, 'nginx.conf'),
      `${text.slice(0, text.indexOf('map $http_upgrade'))}\n${moved(listening, nginx.path)} }`,
    )
    const root = moved(`${storePath('site')}/public`, nginx.path)
    mkdirSync(root, { recursive: true })
    writeFileSync(join(root, 'index.html'), 'a page')
    writeFileSync(join(root, '404.html'), 'not here')
    stop = await startNginx(nginx)
  })
  after(async () => {
    await stop()
    server.close()
    nginx.remove()
    folder.remove()
    rmSync(own, { recursive: true })
  })

  const asked = async (host: string, path: string) => {
    const answer = await ask(nginx, host, path)
    assert.equal(answer.status, 200, answer.body)
    const { url, headers } = JSON.parse(answer.body)
    return {
      url,
      host: headers.host,
      prefix: headers['x-forwarded-prefix'],
      scheme: headers['x-forwarded-proto'],
    }
  }

  it('hands requests on as a deploy does', async () => {
    assert.deepEqual(await asked('example.com', '/my.forum/a%2Fb?c=%20d'), {
      url: '/a%2Fb?c=%20d',
      host: 'example.com',
      prefix: '/my.forum',
      scheme: 'https',
    })
    assert.deepEqual(await asked('forum.example', '/x'), {
      url: '/x',
      host: 'forum.example',
      prefix: undefined,
      scheme: 'http',
    })
    assert.deepEqual(await asked('kept.example', '/kept/x'), {
      url: '/kept/x',
      host: 'kept.example',
      prefix: undefined,
      scheme: 'http',
    })
  })

  it('sends a path without its slash to the one with it', async () => {
    const { status, headers } = await ask(nginx, 'example.com', '/my.forum?a=b')
    assert.deepEqual([status, headers.location], [301, '/my.forum/?a=b'])
    assert.equal((await ask(nginx, 'forum.example', '/doc')).headers.location, '/doc/')
  })

  it('serves files as a deploy does', async () => {
    for (const [host, path] of [
      ['example.com', '/'],
      ['forum.example', '/doc/'],
    ] as const) {
      const { status, headers, body } = await ask(nginx, host, path)
      assert.deepEqual([status, body, headers['cache-control']], [200, 'a page', 'no-cache'])
      const missing = await ask(nginx, host, `${path}nowhere`)
      assert.deepEqual([missing.status, missing.body], [404, 'not here'])
    }
  })

  it('serves an application its page where no file is', async () => {
    const { status, body } = await ask(nginx, 'lists.example', '/lists/party')
    assert.deepEqual([status, body], [200, 'a page'])
    const hidden = await ask(nginx, 'lists.example', '/.env')
    assert.deepEqual([hidden.status, hidden.body], [404, 'not here'])
  })
})
