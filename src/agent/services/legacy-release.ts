import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { SLOTS } from '../../contract/service.js'
import type { ReleaseLayout } from '../../release/layout.js'
import type { Endpoint } from '../../release/listen.js'
import { listFolder, readText } from '../files.js'
import { legacyPart } from '../legacy-nginx.js'
import type { StoredRelease } from './releases.js'

/** What the shell program of 0.1 wrote about a release. */
const legacySchema = z.object({
  kind: z.enum(['service', 'site']),
  commit: z.nullable(z.object({ id: z.string() })),
})

/** A release that the shell program of 0.1 made: enough of it to go on serving it, and to put it back. */
export async function legacyRelease(dir: string, number: number, data: unknown): Promise<StoredRelease> {
  const { kind, commit } = legacySchema.parse(data)
  const spec = parseSpec(await readFile(join(dir, 'spec'), 'utf8'))
  return {
    number,
    dir,
    manifest: null,
    layout: layoutOfSpec(kind, spec),
    nginx: legacyPart(await filesBelow(join(dir, 'nginx'), '')),
    commit: commit?.id ?? null,
  }
}

type Spec = Map<string, string[]>

/** `key=value` lines; a key may come several times. */
function parseSpec(text: string): Spec {
  const spec: Spec = new Map()
  for (const line of text.split('\n').filter(Boolean)) {
    const at = line.indexOf('=')
    const key = line.slice(0, at)
    spec.set(key, [...(spec.get(key) ?? []), line.slice(at + 1)])
  }
  return spec
}

/** Its times were hundredths of a second, or seconds. */
function layoutOfSpec(kind: ReleaseLayout['kind'], spec: Spec): ReleaseLayout {
  const all = (key: string) => spec.get(key) ?? []
  const first = (key: string) => all(key)[0]
  const number = (key: string, otherwise: number) => Number(first(key) ?? otherwise)
  const slots = first('slots')
  const status = (first('health_status') ?? '').split(' ').filter(Boolean).map(Number)
  const endpoints = SLOTS.map((slot): Endpoint | undefined => {
    const [port, unix] = [first(`port_${slot}`), first(`unix_${slot}`)]
    return port === undefined ? (unix === undefined ? undefined : { unix }) : { tcp: Number(port) }
  })
  const [blue, green] = endpoints
  return {
    kind,
    keep: number('keep', 5),
    user: kind === 'service',
    state: first('state') === 'yes',
    adopt: false,
    slots: slots === 'port' || slots === 'unix' || slots === 'socket' || slots === 'fixed' ? slots : null,
    endpoints: blue && green ? { blue, green } : null,
    gateway: null,
    processes: all('process'),
    timers: all('timer'),
    calendars: all('calendar'),
    drainMs: number('drain', 0) * 10,
    watchMs: number('watch', 0) * 10,
    health:
      kind === 'site'
        ? null
        : {
            path: first('health_path') ?? '/',
            ...(status.length > 0 && { status }),
            timeoutMs: number('health_timeout', 0) * 10,
            intervalMs: number('health_interval', 0.1) * 1000,
            attemptMs: number('health_attempt', 5) * 1000,
            successes: number('health_successes', 1),
            settleMs: number('health_settle', 0) * 10,
          },
    // What it ran around its switch it has run.
    before: [],
    after: [],
    reloads: null,
    probes: all('verify').map((line) => {
      const [domain = '', path = '/', wanted] = line.split(' ')
      const probe = { url: `http://${domain}${path}`, domain, path, any: wanted === 'any' }
      return { ...probe, status: status.length > 0 ? status : undefined }
    }),
    secrets: Object.fromEntries(all('secret').map((line) => line.split(' ') as [string, string])),
    secretVariables: false,
  }
}

/** The texts of all files below a folder, by path in it. */
async function filesBelow(folder: string, prefix: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const name of await listFolder(join(folder, prefix))) {
    const path = prefix === '' ? name : `${prefix}/${name}`
    const text = await readText(join(folder, path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EISDIR') return undefined
      throw error
    })
    if (text === undefined) Object.assign(files, await filesBelow(folder, path))
    else files[path] = text
  }
  return files
}
