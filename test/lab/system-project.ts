import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { sshTarget } from '../../src/rehearse/index.js'
import type { LabHost } from './host.js'
import { NIXPKGS, type Project, project } from './project.js'

const NETWORK = fileURLToPath(new URL('../fixtures/system/network.sh', import.meta.url))

/**
 * Lets services do to a host's network what the stand-in systems do to it: the hooks of a unit for the state it
 * makes when it starts, and the one it leaves.
 */
export async function networkHook(host: LabHost): Promise<(state: string, left?: string) => string> {
  await host.write('/root/network.sh', await readFile(NETWORK, 'utf8'))
  const run = (state: string) => `'+/bin/sh /root/network.sh ${state}'`
  return (state, left = 'good') => `ExecStartPre: ${run(state)}, ExecStopPost: ${run(left)}`
}

/** What test/fixtures/system makes a system of. */
export interface Box {
  version: string
  /** What activating it does to the host: see switch-to-configuration.sh and network.sh there. */
  state?: string
  kernel?: string
}

/** A repository of stand-ins for NixOS systems; `systemConfig` describes `box` of it, `deployNodes` the rest. */
export function systemProject(after: (clean: () => Promise<void>) => void): Promise<Project> {
  return project('test/fixtures/system', after)
}

/** What the NixOS configuration is to be. */
export function describeBox(boxes: Project, box: Box): Promise<void> {
  return boxes.write('box.json', JSON.stringify(box))
}

/** A config with the NixOS configuration as `box`, on one host; `options` are those of its `system()`. */
export function systemConfig(host: string, guard: string, options = ''): string {
  return `import { defineConfig, system } from 'slipway'

export default defineConfig({
  hosts: { web: 'rehearse:${host}' },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  guard: { ${guard} },
  systems: { box: system({ flake: '.#nixosConfigurations.box', ${options} }) },
})
`
}

/** A profile of a deploy-rs flake: what it holds, and deploy-rs' settings. */
export type Profile = Box & Record<string, unknown>

/** A node of a deploy-rs flake, which is a host of the lab. */
export async function deployNode(
  host: LabHost,
  profiles: Record<string, Profile>,
  settings: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const { options } = await sshTarget(host.name)
  const login = { hostname: host.address, sshUser: 'root', sshOpts: options, fastConnection: true }
  return { ...login, user: 'root', ...settings, profiles }
}

/** How such a flake is deployed without a network. */
export function deployRs(target: string, ...words: string[]): string[] {
  return ['deploy', '--deploy-rs', target, '--override-input', `nixpkgs=${NIXPKGS}`, ...words]
}

/** What the host's log of activations says; see switch-to-configuration.sh. */
export async function activations(host: LabHost): Promise<string[]> {
  return (await host.run('cat /run/system-log')).split('\n').filter(Boolean)
}
