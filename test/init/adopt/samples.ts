import type { ServerSurvey, Survey, UnitSurvey } from '../../../src/contract/survey.js'

/** A unit as the seedling of a hand-made server has it. */
export function unit(more: Partial<UnitSurvey> = {}): UnitSurvey {
  const text = `[Unit]
Description=notes
[Service]
User=igris
WorkingDirectory=/var/www/notes/current
ExecStart=/var/www/notes/current/result/bin/server
Environment="NOTES_DB_PATH=/var/www/notes/data/notes.db"
Environment="NOTES_PORT=:3001"
[Install]
WantedBy=multi-user.target
`
  return {
    ...{ name: 'notes.service', path: '/etc/systemd/system/notes.service', dropIns: [], text, linked: null },
    ...{ enabled: 'enabled', active: 'active', type: 'simple', user: 'igris', dynamicUser: false },
    exec: [['/var/www/notes/current/result/bin/server']],
    workingDirectory: '/var/www/notes/current',
    environment: [
      { name: 'NOTES_DB_PATH', value: '/var/www/notes/data/notes.db' },
      { name: 'NOTES_PORT', value: ':3001' },
    ],
    ...{ environmentFiles: [], triggeredBy: [] },
    listens: [{ address: '::', port: 3001 }],
    paths: [
      folder('/var/www/notes/current', { views: 'folder', result: 'link' }),
      {
        path: '/var/www/notes/current/result/bin/server',
        real: '/nix/store/00000000000000000000000000000000-server-0.1.0/bin/server',
        kind: 'file',
        owner: 'root',
      },
      file('/var/www/notes/data/notes.db', 'sqlite'),
      folder('/var/www/notes/data', { 'notes.db': 'sqlite' }),
    ],
    ...more,
  }
}

type Kind = UnitSurvey['paths'][number]['kind']

export function file(path: string, kind: Kind): UnitSurvey['paths'][number] {
  return { path, real: path, kind, owner: 'igris' }
}

export function folder(path: string, entries: Record<string, Kind>): UnitSurvey['paths'][number] {
  const listed = Object.entries(entries).map(([name, kind]) => ({ name, kind }))
  return { ...file(path, 'folder'), entries: listed, more: false }
}

const FILE = '/etc/nginx/sites-enabled/a'
/** What stands for the digest of a block's text. */
export const DIGEST = '0'.repeat(64)

/** A server block: each line a directive, or `location … { … }` with directives between bars. */
export function server(...lines: string[]): ServerSurvey {
  const found: ServerSurvey = { file: FILE, line: 1, digest: DIGEST, directives: [], blocks: [] }
  for (const [index, text] of lines.entries()) {
    const line = index + 2
    const [head = '', inner] = text.split(' { ')
    const [name = '', ...args] = head.split(' ')
    if (inner === undefined) found.directives.push({ name, args, line, block: false })
    else {
      const directives = inner.split(' | ').map((one) => {
        const [name = '', ...args] = one.split(' ')
        return { name, args, line, block: false }
      })
      found.blocks.push({ name, args, line, directives })
    }
  }
  return found
}

export function survey(more: Partial<Survey> = {}): Survey {
  return { units: [], servers: [], upstreams: [], unread: [], renewals: [], listeners: [], ...more }
}
