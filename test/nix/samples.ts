import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

// Derivations of these tests are a line of shell: they need no network and no users to build as.
process.env.NIX_CONFIG = 'sandbox = false\nsubstituters =\nbuild-users-group ='

export const WITHOUT_NIX = spawnSync('nix', ['--version']).status === 0 ? false : 'Nix is not installed'

/** A folder for one test file. */
export interface Folder {
  path: string
  write(files: Record<string, string | Uint8Array>): void
  git(...args: string[]): string
  remove(): void
}

export function temporaryFolder(): Folder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-build-')))
  return {
    path,
    write(files) {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(path, name)), { recursive: true })
        writeFileSync(join(path, name), text)
      }
    },
    git: (...args) =>
      execFileSync('git', ['-c', 'user.name=ann', '-c', 'user.email=ann@example.com', ...args], {
        cwd: path,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

/** This machine, as Nix calls it. */
export const SYSTEM = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-${process.platform}`

/** A Nix expression of a derivation that runs a line of shell. */
export function derivation(name: string, script: string, more = ''): string {
  return `derivation {
    name = "${name}";
    system = "${SYSTEM}";
    builder = "/bin/sh";
    args = [ "-c" ''${script}'' ];
    ${more}
  }`
}
