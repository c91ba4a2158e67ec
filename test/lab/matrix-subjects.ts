import assert from 'node:assert/strict'
import { type LabHost, labHost } from './host.js'
import { appConfig, appProject, fields, type Project } from './project.js'
import { describeBox, systemConfig, systemProject } from './system-project.js'

/** Something that is deployed again and again while faults are done to its host. */
export interface Subject {
  host: LabHost
  project: Project
  /** More words for a deploy that a fault is done to. */
  words: string[]
  /** Makes the next deploy one of this version, good or bad. */
  configure(version: string, good: boolean): Promise<void>
  /** The version that is current on the host. */
  current(): Promise<string>
  /** The version that answers over HTTP. */
  answers(): Promise<string>
  /** What a deploy says when the new one, or the old one, is what there is after it. */
  says: { isNew: RegExp; isOld: RegExp }
  /** What status says of it when all is well. */
  status: RegExp
}

/** A way in which the host goes through an activation. Each is tried at the steps that those before it don't take. */
export interface Way {
  name: string
  /** Steps at which more happens than in those before it: it is tried there, too. */
  again?: readonly string[]
  /** Hosts that share the work. */
  hosts: number
  make(name: string, after: (clean: () => Promise<void>) => void): Promise<Subject>
}

const GUARD = `confirm: '8s'`

export const WAYS: Way[] = [
  { name: 'port', hosts: 2, make: (name, after) => service(name, after, `'port'`, []) },
  { name: 'fixed', hosts: 1, make: (name, after) => service(name, after, '{ port: 4000 }', []) },
  {
    name: 'network',
    again: ['start', 'health', 'undo-health'],
    hosts: 1,
    make: (name, after) => service(name, after, `{ port: 4000, network: 'own' }`, []),
  },
  { name: 'canary', hosts: 1, make: (name, after) => service(name, after, `'port'`, ['--canary', '1%']) },
  { name: 'system', hosts: 1, make: system },
]

async function service(
  name: string,
  after: (clean: () => Promise<void>) => void,
  listen: string,
  words: string[],
): Promise<Subject> {
  const options = (env: string) =>
    `listen: ${listen}, health: { path: '/health', timeout: '10s' }, routes: ['http://app.example.test'], watch: '100ms', env: { ${env} }`
  const host = await labHost(name, after)
  const project = await appProject(name, after, options(''))
  assert.equal((await project.slipway('setup', 'web')).code, 0)
  return {
    host,
    project,
    words,
    configure: (version, good) =>
      project.write(
        'slipway.config.ts',
        appConfig(
          name,
          // Each version has a secret of its own to bring.
          `${options(`MESSAGE: '${version}'${good ? '' : `, HEALTH: '500'`}`)}, secrets: { TOKEN: { from: { command: 'echo ${version}' } } }`,
        ).replace('services:', `guard: { ${GUARD} }, services:`),
      ),
    current: () => host.run('grep -o "v[0-9]*" /var/lib/slipway/services/app/current/release/env'),
    answers: async () => fields((await host.get('app.example.test', '/')).body).message ?? '',
    says: {
      isNew: /✓ app on web: release \d+/,
      isOld: /Release \d+ serves, as before|was lost before all had arrived/,
    },
    status: /^healthy/,
  }
}

/** A stand-in for a NixOS system: see test/fixtures/system. */
async function system(name: string, after: (clean: () => Promise<void>) => void): Promise<Subject> {
  const host = await labHost(name, after)
  const project = await systemProject(after)
  await project.write('slipway.config.ts', systemConfig(name, GUARD))
  return {
    host,
    project,
    words: [],
    configure: (version, good) => describeBox(project, { version, state: good ? 'good' : 'fails' }),
    current: () => host.run("readlink -f /nix/var/nix/profiles/system | sed 's/.*-nixos-system-box-//'"),
    answers: async () => (await host.get('any.example.test', '/system')).body.trim(),
    says: { isNew: /✓ box on web: generation \d+ is active/, isOld: /Generation \d+ is active, as before/ },
    status: /^active/,
  }
}
