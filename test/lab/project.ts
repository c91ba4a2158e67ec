import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SLIPWAY = join(ROOT, 'bin/slipway.js')

/** The stand-in for nixpkgs, for `--override-input`. */
export const NIXPKGS = join(ROOT, 'lab/nixpkgs')

/** What stands in for the flakes that projects have as inputs, by the input's name. */
const STAND_INS = {
  nixpkgs: { nixpkgs: NIXPKGS },
  crane: { crane: join(NIXPKGS, 'crane'), 'crane/nixpkgs': NIXPKGS },
  'flake-utils': { 'flake-utils': join(NIXPKGS, 'flake-utils') },
  fenix: { fenix: join(NIXPKGS, 'fenix'), 'fenix/nixpkgs': NIXPKGS },
  'advisory-db': { 'advisory-db': join(ROOT, 'lab/advisory-db') },
}
export type StandIn = keyof typeof STAND_INS

/** `--override-input` for some inputs. */
export function standIns(...inputs: StandIn[]): string[] {
  return inputs
    .flatMap((input) => Object.entries(STAND_INS[input]))
    .flatMap(([name, folder]) => ['--override-input', name, folder])
}

/** How builds run without a network and with the lab's toolchain. */
export const LAB_ENV = {
  NIX_CONFIG: 'sandbox = false\nsubstituters =\nbuild-users-group =\n',
  NO_COLOR: '1',
}

/** How a command of slipway ended. */
export interface Ended {
  code: number
  stdout: string
  stderr: string
  /** Both, in the order of a terminal as far as that is known. */
  text: string
}

/** A git repository with a config, and slipway run in it as a user would. */
export interface Project {
  folder: string
  /** slipway, as node runs it. */
  program: string
  write(path: string, text: string): Promise<void>
  commit(): Promise<void>
  slipway(...words: string[]): Promise<Ended>
  /** The same, still running. */
  start(...words: string[]): ReturnType<typeof startSlipway>
}

function startSlipway(folder: string, words: string[]) {
  return execa('node', [SLIPWAY, ...words], {
    cwd: folder,
    env: LAB_ENV,
    reject: false,
    stdin: 'ignore',
    all: true,
  })
}

/** A copy of a folder of this repository, as a repository of its own and of the same name. */
export async function project(source: string, after: (clean: () => Promise<void>) => void): Promise<Project> {
  const above = await mkdtemp(join(tmpdir(), 'slipway-project-'))
  after(() => rm(above, { recursive: true, force: true }))
  const folder = join(above, basename(source))
  await cp(join(ROOT, source), folder, { recursive: true })
  const git = (...args: string[]) =>
    execa('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.test', ...args], { cwd: folder })
  await git('init', '-q')
  const start = (...words: string[]) => {
    const running = startSlipway(folder, words)
    after(async () => void running.kill('SIGKILL'))
    return running
  }
  const self: Project = {
    folder,
    program: SLIPWAY,
    write: (path, text) => writeFile(join(folder, path), text),
    commit: async () => {
      await git('add', '-A')
      await git('commit', '-q', '--allow-empty', '-m', 'change')
    },
    slipway: async (...words) => {
      const result = await start(...words)
      return { code: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr, text: result.all }
    },
    start,
  }
  await self.commit()
  return self
}

/** What the test service says when asked. */
export function fields(body: string): Record<string, string> {
  return Object.fromEntries(
    body
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  )
}

/** The test service, in a package of 150 MiB: more than a host's agent takes in one piece. */
export const BIG_PACKAGE = `{ pkgs ? import <nixpkgs> { } }:
pkgs.runCommand "big" { } ''
  mkdir -p $out/bin
  cp \${import ./default.nix { }}/bin/app $out/bin/
  head -c 150M /dev/urandom > $out/data
''
`

/** A project of the test service; `options` are those of its `service()`, as TypeScript. */
export async function appProject(
  host: string,
  after: (clean: () => Promise<void>) => void,
  options: string,
): Promise<Project> {
  const app = await project('test/fixtures/app', after)
  await app.write('slipway.config.ts', appConfig(host, options))
  await app.commit()
  return app
}

/** The config of a project with the test service as `app`; `more` are other fields of it. */
export function appConfig(host: string, options: string, more = ''): string {
  return `import { defineConfig, service } from 'slipway'

export default defineConfig({
  hosts: { web: 'rehearse:${host}' },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  ${more}
  services: {
    app: service({ package: { file: './default.nix' }, ${options} }),
  },
})
`
}
