import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { compression } from '../../src/release/nginx-compress.js'
import { renderHttp } from '../../src/release/nginx-http.js'
import { REMEMBER_FILES } from '../../src/release/nginx-server.js'

const NGINX = '/usr/sbin/nginx'

export const WITHOUT_NGINX = spawnSync(NGINX, ['-v']).status === 0 ? false : 'nginx is not installed'

/** A folder with an nginx config like a host's, listening on a socket in it. */
export interface NginxFolder {
  path: string
  remove(): void
}

/**
 * Lays out snippets as a host does. `nginx` maps paths of a release's nginx folder to texts. A host's folders lie
 * below this one: `services` and `maintenance`, `run`, and `store`.
 */
export function nginxFolder(nginx: Record<string, string>): NginxFolder {
  const path = mkdtempSync(join(tmpdir(), 'slipway-nginx-'))
  for (const folder of ['upstreams', 'servers', 'locations'])
    mkdirSync(join(path, 'nginx', folder), { recursive: true })
  const compress = compression({ brotli: false }).join('\n')
  const all = { 'compress.conf': compress, ...nginx, ...servers(path, nginx) }
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(path, 'nginx', name)), { recursive: true })
    writeFileSync(join(path, 'nginx', name), moved(text, path))
  }
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${path}/tmp;`,
  )
  writeFileSync(
    join(path, 'nginx.conf'),
    [
      `${process.getuid?.() === 0 ? 'user root; ' : ''}daemon off; master_process off;`,
      `pid ${path}/pid; error_log stderr;`,
      'events {}',
      // As some have it: nginx is to remember which files there are.
      'http { open_file_cache max=1000; open_file_cache_valid 60s; open_file_cache_errors on;',
      `access_log off; types { text/html html; text/css css; } ${temporary.join(' ')}`,
      `${moved(renderHttp({ namesHash: false }), path)} }`,
    ].join('\n'),
  )
  return { path, remove: () => rmSync(path, { recursive: true }) }
}

/** Text of a host, with the places in a folder that a host has at its root. */
export function moved(text: string, path: string): string {
  return text
    .replaceAll('/var/lib/slipway/', `${path}/`)
    .replaceAll('/run/', `${path}/run/`)
    .replaceAll('/nix/store/', `${path}/store/`)
}

function servers(path: string, nginx: Record<string, string>): Record<string, string> {
  const domains = Object.keys(nginx).flatMap((name) => /^locations\/([^/]+)\//.exec(name)?.[1] ?? [])
  const remembers = REMEMBER_FILES.join(' ')
  return Object.fromEntries(
    [...new Set(domains)].map((domain) => [
      `servers/${domain}.conf`,
      `server { listen unix:${path}/web; server_name ${domain}; ${remembers} include ${path}/nginx/locations/${domain}/*.conf; }`,
    ]),
  )
}

/** What `nginx -t` prints and exits with. */
export function testNginx({ path }: NginxFolder): { status: number | null; output: string } {
  const { status, stderr } = spawnSync(NGINX, ['-t', '-p', path, '-c', join(path, 'nginx.conf')], {
    encoding: 'utf8',
  })
  return { status, output: stderr }
}

/** Starts nginx in a folder; resolves when it answers, with what ends it. */
export async function startNginx({ path }: NginxFolder): Promise<() => Promise<void>> {
  const child = spawn(NGINX, ['-p', path, '-c', join(path, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  while (child.exitCode === null && !(await listens(join(path, 'web')))) await sleep(10)
  return async () => {
    child.kill()
    await ended
  }
}

function listens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** Asks nginx for a path, which is sent as it is. */
export function ask(
  { path: folder }: NginxFolder,
  host: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: join(folder, 'web'), path, headers: { Host: host, ...headers } })
    asked.on('error', reject)
    asked.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    asked.end()
  })
}
