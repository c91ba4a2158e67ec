import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { resolveHost } from '../../src/config/resolve.js'
import type { ApplyRequest, NewRelease } from '../../src/contract/activation.js'
import { CONNECT_MAGIC } from '../../src/contract/exit-codes.js'
import { CallFailed } from '../../src/contract/failure.js'
import type { ClosurePath, Manifest } from '../../src/contract/release.js'
import type { Program } from '../../src/contract/service.js'
import { sshTarget } from '../../src/rehearse/index.js'
import { afterMagic } from '../../src/remote/after-magic.js'
import { connectCommand } from '../../src/remote/connect-command.js'
import { freshLogin, type Login } from '../../src/remote/login.js'
import { type CallingPeer, callPeer } from '../../src/wire/peer.js'
import type { LabHost } from './host.js'
import { appProject, type Ended, LAB_ENV, NIXPKGS, type Project } from './project.js'

export const NIX = ['--extra-experimental-features', 'nix-command flakes']
export const RELEASES = '/var/lib/slipway/services/app/releases'
const ROUTES = `['http://app.example.test', 'http://shared.example.test/forum']`
const APP = `service({ package: { file: './default.nix' }, listen: 'unix', health: { path: '/health' }, routes: ${ROUTES} })`
const OTHER = `service({ package: { file: './default.nix' }, run: 'app', listen: 'port', health: { path: '/health' }, routes: ['http://shared.example.test', 'http://other.example.test'] })`

/** A host with a service of its administrator, `other`, and keys `ci` and `two`, each for the service `app`. */
export interface KeyHost {
  host: LabHost
  app: Project
  /** Where the keys of ssh lie. */
  folder: string
  destination: string
  /** Options of ssh with which a key logs in. */
  options(key?: string): string[]
  /** Runs something with the key, as whoever has it could. */
  ssh(words: string[], input?: string | Uint8Array): Promise<Ended>
  /** The same, in place of the login's command. */
  asks(command: string, input?: string | Uint8Array): Promise<Ended>
  /** slipway, as a CI job runs it. */
  ci(...words: string[]): Promise<Ended>
  /** A login to the agent with a key. */
  login(key?: string): Promise<Login>
  withKey<T>(work: (agent: Login['agent']) => Promise<T>, key?: string): Promise<T>
  /** The gate's stream, for whatever bytes; with other options of ssh. */
  stream(...options: string[]): Stream
  /** The same, for calls too. */
  peer(...options: string[]): CallingPeer & Pick<Stream, 'write'>
  journal(): Promise<string[]>
}

/** How a host is set that builds for keys. */
export const NIX_CONF = `experimental-features = nix-command flakes
substituters =
sandbox = true
build-users-group = nixbld
`

/** Has a host's Nix go by these settings. */
export async function hostBuilds(host: LabHost, conf: string): Promise<void> {
  await host.write('/etc/nix/nix.conf', conf)
  await host.run('systemctl restart nix-daemon')
}

/** Makes the project's package one that every Nix can build, from nothing but its files. */
async function sealedApp(app: Project): Promise<void> {
  const fixture = fileURLToPath(new URL('../fixtures/sealed/', import.meta.url))
  const made = ['nix-build', join(fixture, 'tools.nix'), '-I', `nixpkgs=${NIXPKGS}`, '--no-out-link']
  const [program = '', ...args] = made
  await mkdir(join(app.folder, 'tools'))
  for (const tool of ['builder', 'server']) {
    const { stdout } = await execa(program, [...args, '-A', tool], { env: LAB_ENV })
    const [file = ''] = await readdir(`${stdout}/bin`)
    await cp(`${stdout}/bin/${file}`, join(app.folder, 'tools', tool))
  }
  await cp(join(fixture, 'default.nix'), join(app.folder, 'default.nix'))
}

export interface Stream {
  child: ChildProcess
  ended: Promise<unknown>
  write(bytes: Uint8Array): void
}

export async function keyHost(host: LabHost, after: (clean: () => Promise<void>) => void): Promise<KeyHost> {
  const app = await appProject(host.name, after, '')
  const folder = await mkdtemp(join(tmpdir(), 'slipway-keys-'))
  after(() => rm(folder, { recursive: true, force: true }))
  const at = (name: string) => join(folder, name)
  for (const name of ['ci', 'two']) {
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', at(name)])
  }
  await sealedApp(app)
  await hostBuilds(host, NIX_CONF)
  const target = await sshTarget(host.name)
  const known = target.options.find((option) => option.startsWith('UserKnownHostsFile=')) ?? ''
  const options = (key = 'ci') => {
    return ['-F', 'none', '-i', at(key), '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes', '-o', known]
  }
  const destination = `slipway@${host.address}`
  const config = (web: string, services: string) =>
    `import { defineConfig, service } from 'slipway'\nexport default defineConfig({ hosts: { web: ${web} }, overrideInputs: { nixpkgs: '${NIXPKGS}' }, services: ${services} })\n`
  await app.write('slipway.config.ts', config(`'rehearse:${host.name}'`, `{ app: ${APP}, other: ${OTHER} }`))
  const web = `{ ssh: '${destination}', options: ${JSON.stringify(options())} }`
  await app.write('ci.config.ts', config(web, `{ app: ${APP} }`))
  await app.commit()
  const ssh = async (words: string[], input: string | Uint8Array = '') => {
    const { exitCode, stdout, stderr } = await execa('ssh', [...options(), ...words], {
      input,
      reject: false,
      timeout: 60_000,
    })
    return { code: exitCode ?? -1, stdout, stderr, text: `${stdout}\n${stderr}` }
  }
  const login = (key = 'ci') => freshLogin(resolveHost('web', { ssh: destination, options: options(key) }))
  const stream = (...more: string[]): Stream => {
    const child = spawn('ssh', [...options(), ...more, destination, '--', connectCommand(['sudo', '-n'])])
    child.stdin.on('error', () => undefined)
    after(async () => void child.kill())
    const ended = new Promise((resolve) => child.on('close', resolve))
    return { child, ended, write: (bytes) => child.stdin.write(bytes) }
  }
  return {
    ...{ host, app, folder, destination, options, ssh, login, stream },
    asks: (command, input) => ssh([destination, '--', command], input),
    ci: (...words) => app.slipway(...words, '--config', 'ci.config.ts'),
    withKey: async (work, key) => {
      const { agent, close } = await login(key)
      try {
        return await work(agent)
      } finally {
        close()
      }
    },
    peer: (...more) => {
      const { child, write } = stream(...more)
      assert.ok(child.stdout && child.stdin)
      const peer = callPeer({
        readable: child.stdout.pipe(afterMagic(CONNECT_MAGIC, () => undefined)),
        writable: child.stdin,
        onEvent: () => undefined,
        lost: () => new Error('the stream has ended'),
      })
      return { ...peer, write }
    },
    journal: async () =>
      (await host.run('journalctl --sync; journalctl -q -o cat --no-pager -t slipway')).split('\n'),
  }
}

/** A call fails for what the key may not do, or what can't be. */
export async function refuses(work: Promise<unknown>, why: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof CallFailed, String(error))
    assert.match(error.message, why)
    return true
  })
}

/** What a key may have written into the journal is used up by many refusals: lets it begin anew. */
export async function freshShare({ host }: KeyHost): Promise<void> {
  await host.run('rm -rf /run/slipway/refused && systemctl restart slipway-agent')
}

/** Asserts that the journal tells of a refusal; it may come after the answer. */
export async function isWrittenDown({ journal }: KeyHost, line: RegExp): Promise<void> {
  let found: string[] = []
  for (let tried = 0; tried < 20; tried += 1) {
    found = (await journal()).filter((one) => /^key \w+ of app from 10\..*refused/.test(one))
    if (found.some((one) => line.test(one))) return
    await sleep(250)
  }
  assert.fail(`${line} is not in the journal:\n${found.slice(-10).join('\n')}`)
}

export const newId = () => randomBytes(8).toString('hex')

/** What a deployer sends to have release 1 once more, as `number`, changed at will. */
export interface Forge {
  /** The release that serves. */
  current: number
  request(number: number, change?: Change): ApplyRequest
}
export interface Change {
  manifest?: Partial<Manifest>
  service?: Partial<Program> | Record<string, unknown>
  release?: Partial<NewRelease>
  request?: Partial<ApplyRequest>
}

export async function forge({ host }: KeyHost): Promise<Forge> {
  const read = async (name: string) => JSON.parse(await host.run(`cat ${RELEASES}/1/${name}`))
  const manifest = (await read('release.json')) as Manifest
  const closure = (await read('closure.json')) as ClosurePath[]
  const made: Forge = {
    current: 1,
    request: (number, change = {}) => {
      const service = { ...manifest.service, ...change.service } as Program
      const sent = { ...manifest, service, ...change.manifest }
      return {
        id: newId(),
        nonce: randomBytes(16).toString('hex'),
        who: 'mallory@box',
        what: 'deploy app',
        guard: { policy: 'each', activateMs: 60_000, confirmMs: 20_000, holdMs: 0, escalate: null },
        items: [
          {
            ...{ kind: 'service', name: 'app', to: number, expected: made.current },
            ...{
              action: 'deploy',
              hooks: false,
              ...(sent.project !== undefined && { project: sent.project }),
            },
          },
        ],
        releases: [{ number, manifest: sent, closure, assets: null, ...change.release }],
        secrets: [],
        secretKeys: [],
        ...change.request,
      }
    },
  }
  return made
}
