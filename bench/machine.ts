import { readFileSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { REPOSITORY, type Stage } from './stage.js'

/** What measurements were made on, a line each; `stage`: where there was one. */
export async function machineText(stage: Stage | undefined): Promise<string> {
  const here = async ([program = '', ...args]: string[]) =>
    (await execa(program, args, { cwd: REPOSITORY, reject: false })).stdout
  const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
    version: string
  }
  const commit = (await here(['git', 'describe', '--always', '--dirty'])) || 'no commit'
  const load = os.loadavg()[0] ?? 0
  const remote = await stage?.host.run(
    'nix --version; systemctl --version | head -n 1; nginx -v 2>&1; . /etc/os-release; echo $PRETTY_NAME',
  )
  return [
    `machine  ${os.cpus().length} cores (${os.cpus()[0]?.model ?? os.machine()}), ${os.type()} ${os.release()}, load ${load.toFixed(1)}`,
    `here     slipway ${version} (${commit}), Node ${process.versions.node}, ${await here(['nix', '--version'])}`,
    ...(remote === undefined ? [] : [`host     ${remote.trim().split('\n').join(', ')}`]),
  ].join('\n')
}
