import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { down, list, sshTarget } from '../src/rehearse/index.js'
import { type LabHost, labHost } from '../test/lab/host.js'
import { LAB_ENV, NIXPKGS, type Project, project } from '../test/lab/project.js'
import { systemProject } from '../test/lab/system-project.js'
import type { Cleanup } from './cleanup.js'
import { startRelay } from './relay.js'

/** How far away a host is: `near` is as near as it gets, `distant` is behind a delay line. */
export type Distance = 'near' | 'distant'
export const DISTANCES: readonly Distance[] = ['near', 'distant']

/** A round trip to a host on the same continent. */
export const ROUND_TRIP_MS = 50

const SSH_PORT = 22
export const HOST_NAMES = 'b-bench-'
/** The folder of this repository. */
export const REPOSITORY = fileURLToPath(new URL('../', import.meta.url))
/** The executable that is measured. */
export const SLIPWAY = process.env.SLIPWAY ?? join(REPOSITORY, 'bin/slipway.js')

/** Everything that measurements take place on. */
export interface Stage {
  host: LabHost
  destination: string
  /** How ssh gets to the host. */
  options: Record<Distance, string[]>
  /** The service that slipway deploys. */
  app: Project
  /** The same service, deployed by hand. */
  manual: Project
  /** A deploy-rs flake, whose profiles slipway deploys, and which are deployed by hand. */
  boxes: Project
  /** Runs a program to its end, in a folder; throws where it fails. */
  run(folder: string, words: string[], env?: Record<string, string>): Promise<string>
  /** The same, called back for each line on its standard error as it comes. */
  follow(
    folder: string,
    words: string[],
    env: Record<string, string>,
    onLine: (line: string) => void,
  ): Promise<void>
}

/** A host with nginx, and two copies of the test service. */
export async function setStage({ later, signal }: Cleanup): Promise<Stage> {
  await removeLeftHosts()
  const host = await labHost(`${HOST_NAMES}${process.pid}`, later)
  const { destination, options } = await sshTarget(host.name)
  const relay = await startRelay({ host: host.address, port: SSH_PORT }, ROUND_TRIP_MS / 2)
  later(() => relay.close())
  const viaRelay = [
    '-o',
    'Hostname=127.0.0.1',
    '-o',
    `Port=${relay.port}`,
    '-o',
    `HostKeyAlias=${host.address}`,
  ]
  const app = await project('test/fixtures/app', later)
  const manual = await project('test/fixtures/app', later)
  const boxes = await systemProject(later)
  const stage: Stage = {
    host,
    destination,
    options: { near: options, distant: [...options, ...viaRelay] },
    app,
    manual,
    boxes,
    run: async (folder, [program = '', ...args], env = {}) => {
      const ran = await execa(program, args, {
        cwd: folder,
        env: { ...LAB_ENV, ...env },
        stdin: 'ignore',
        cancelSignal: signal,
      })
      return ran.stdout
    },
    follow: async (folder, [program = '', ...args], env, onLine) => {
      const child = execa(program, args, {
        cwd: folder,
        env: { ...LAB_ENV, ...env },
        stdin: 'ignore',
        cancelSignal: signal,
      })
      const reading = (async () => {
        for await (const line of child.iterable({ from: 'stderr' })) onLine(line)
      })()
      await Promise.all([child, reading])
    },
  }
  for (const distance of ['near', 'distant'] as const) {
    await writeFile(join(app.folder, configName(distance)), configText(stage, distance))
  }
  await app.commit()
  await stage.run(app.folder, ['node', SLIPWAY, 'setup', 'web'])
  return stage
}

/** The config file of a distance, relative to the project. */
export function configName(distance: Distance): string {
  return distance === 'near' ? 'slipway.config.ts' : 'distant.config.ts'
}

function configText({ destination, options }: Stage, distance: Distance): string {
  return `import { defineConfig, service } from 'slipway'

export default defineConfig({
  project: 'example/app',
  hosts: { web: { ssh: '${destination}', options: ${JSON.stringify(options[distance])} } },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  services: {
    app: service({
      package: { file: './default.nix' },
      listen: 'port',
      health: { path: '/health' },
      routes: ['http://app.example.test'],
    }),
  },
})
`
}

/** A run that was killed could not take its host down. */
async function removeLeftHosts(): Promise<void> {
  for (const { name } of await list()) {
    const [, pid] = new RegExp(`^${HOST_NAMES}(\\d+)`).exec(name) ?? []
    if (pid !== undefined && !isRunning(Number(pid))) await down(name)
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
