import assert from 'node:assert/strict'
import { upstreamName } from '../src/release/nginx-upstreams.js'
import { NIXPKGS, project } from '../test/lab/project.js'
import type { Cleanup } from './cleanup.js'
import { SLIPWAY, type Stage } from './stage.js'

/** How a program listens, as the config has it; each is a service of that name. */
const LISTEN = {
  port: `'port'`,
  unix: `'unix'`,
  socket: `'socket'`,
  fixed: '{ port: 4000 }',
  network: `{ port: 4000, network: 'own' }`,
} as const

export type Mode = keyof typeof LISTEN
export const MODES = Object.keys(LISTEN) as Mode[]

/** A mode as people know it. */
export function modeTitle(mode: Mode): string {
  return `listen: ${LISTEN[mode]}`
}

/** The domain of a mode's service. */
export function modeDomain(mode: Mode): string {
  return `${mode}.example.test`
}

/** The same program as a service for each mode, on the stage's host. */
export interface Services {
  /** Deploys the service of a mode under another release name, which its answers carry. */
  deploy(mode: Mode): Promise<string>
  /** What nginx's `server` says for the instance that serves now, which has to be in the given slot. */
  upstreamServer(mode: Mode, slot: string): Promise<string>
  /** The store path of the package. */
  packagePath(): Promise<string>
}

/** Deploys all services. */
export async function deployModes({ host, run }: Stage, { later }: Cleanup): Promise<Services> {
  const app = await project('test/fixtures/app', later)
  const releases = Object.fromEntries(MODES.map((mode) => [mode, 0])) as Record<Mode, number>
  const slipwayDeploys = async (...words: string[]) => {
    await app.write('slipway.config.ts', configText(host.name, releases))
    await run(app.folder, ['node', SLIPWAY, 'deploy', ...words])
  }
  // Nix sees only files that git knows.
  await app.write('slipway.config.ts', configText(host.name, releases))
  await app.commit()
  await slipwayDeploys()
  const current = (mode: Mode) => `/var/lib/slipway/services/${mode}/current`
  return {
    deploy: async (mode) => {
      releases[mode] += 1
      await slipwayDeploys(mode, '--wait')
      return releaseName(releases[mode])
    },
    upstreamServer: async (mode, slot) => {
      assert.equal((await host.run(`basename $(readlink ${current(mode)})`)).trim(), slot)
      const upstreams = await host.run('cat /var/lib/slipway/nginx/upstreams/*')
      // A hard-coded port has one upstream for both slots.
      const name = upstreamName(mode, mode === 'fixed' ? 'blue' : slot)
      const [, found] = new RegExp(`upstream ${name} \\{\\s*server (\\S+)`).exec(upstreams) ?? []
      assert.ok(found, `nginx knows where ${mode} listens`)
      return found
    },
    packagePath: async () => (await host.run(`readlink -f ${current('port')}/release/package`)).trim(),
  }
}

/** The name of the first release. */
export const FIRST_RELEASE = releaseName(0)

function releaseName(count: number): string {
  return `r${count}`
}

function configText(host: string, releases: Record<Mode, number>): string {
  const services = MODES.map(
    (mode) => `    ${mode}: service({
      package: { file: './default.nix' },
      listen: ${LISTEN[mode]},
      health: { path: '/health' },
      routes: ['http://${modeDomain(mode)}'],
      env: { RELEASE: '${releaseName(releases[mode])}' },
    }),`,
  )
  return `import { defineConfig, service } from 'slipway'

export default defineConfig({
  hosts: { web: 'rehearse:${host}' },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  services: {
${services.join('\n')}
  },
})
`
}
