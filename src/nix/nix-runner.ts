import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { SlipwayError } from '../errors.js'
import { rootScript } from '../remote/become.js'
import { type Connection, eachLine } from '../remote/connection.js'
import { runAsRoot } from '../remote/password.js'
import { shellCommand, shellQuote } from '../shell-quote.js'
import type { NixCommand } from './nix-command.js'

/** How a Nix command ended. */
export interface NixResult {
  exitCode: number
  stdout: string
  stderr: string
}

/** Where Nix runs: on this machine, or on a host. */
export interface NixRunner {
  /** For messages. */
  where: string
  isLocal: boolean
  /** The folder it works in, absolute: the config's. */
  folder: string
  run(command: NixCommand, onErrorLine?: (line: string) => void): Promise<NixResult>
  /** The names of the files in a store path's folder. */
  list(folder: string): Promise<string[]>
}

/** A build may print this much; memory stays bounded. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

/** Nix on this machine. */
export function localNix(folder: string): NixRunner {
  return {
    where: 'this machine',
    isLocal: true,
    folder,
    run: async ({ program, args }, onErrorLine) => {
      const child = execa(program, args, {
        cwd: folder,
        stdin: 'ignore',
        reject: false,
        maxBuffer: MAX_OUTPUT_BYTES,
      })
      if (onErrorLine) eachLine(child.stderr, onErrorLine)
      const result = await child
      if (result.code === 'ENOENT') throw nixMissing()
      return { exitCode: result.exitCode ?? 1, stdout: result.stdout, stderr: result.stderr }
    },
    list: async (folder) => {
      const { readdir } = await import('node:fs/promises')
      return readdir(folder).catch(() => [])
    },
  }
}

/** Whether this machine has Nix. */
export function hasLocalNix(): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'nix')))
}

function nixMissing(): SlipwayError {
  return new SlipwayError({
    what: 'Nix is not installed on this machine',
    next: "Install it (Debian: apt-get install nix-bin), or let the host build: `build: 'host'` or --build host.",
  })
}

/** Nix on a host, as root, in a folder there. */
export function remoteNix(connection: Connection, folder: string): NixRunner {
  const path = 'PATH=$PATH:/nix/var/nix/profiles/default/bin:/run/current-system/sw/bin'
  const asRoot = (words: string[]) => (become: readonly string[]) =>
    rootScript(
      { become },
      `${path}; export PATH; cd ${shellQuote(folder)} && exec "$@" env PATH="$PATH" ${shellCommand(words)}`,
    )
  return {
    where: connection.host,
    isLocal: false,
    folder,
    run: ({ program, args }, onErrorLine) =>
      runAsRoot(connection, asRoot([program, ...args]), onErrorLine ? { onErrorLine } : {}),
    list: async (folder) => {
      const { stdout } = await connection.run(shellCommand(['ls', '-1', folder]))
      return stdout.split('\n').filter(Boolean)
    },
  }
}
