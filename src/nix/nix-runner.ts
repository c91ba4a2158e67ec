import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { SlipwayError } from '../errors.js'
import { rootScript } from '../remote/become.js'
import type { Connection } from '../remote/connection.js'
import { runAsRoot } from '../remote/password.js'
import { runProgram } from '../run-program.js'
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
  /** The names of the files in each of some folders of the store; none where there is no folder. */
  list(folders: readonly string[]): Promise<string[][]>
}

/** Nix on this machine; `signal` ends what it is at. */
export function localNix(folder: string, signal?: AbortSignal): NixRunner {
  return {
    where: 'this machine',
    isLocal: true,
    folder,
    run: async ({ program, args }, onErrorLine) => {
      const { exitCode, stdout, stderr } = await runProgram(program, args, {
        cwd: folder,
        signal,
        onErrorLine,
      })
      if (exitCode === null) throw nixMissing()
      return { exitCode, stdout: withoutFinalNewline(stdout), stderr: withoutFinalNewline(stderr) }
    },
    list: (folders) => Promise.all(folders.map((folder) => readdir(folder).catch((): string[] => []))),
  }
}

function withoutFinalNewline(text: string): string {
  return text.replace(/\n$/, '')
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
    list: async (folders) => {
      if (folders.length === 0) return []
      // No name holds a slash.
      const words = ['sh', '-c', 'for folder do ls -1 "$folder"; echo /; done', 'sh', ...folders]
      const { stdout } = await connection.run(shellCommand(words))
      return `${stdout}\n`
        .split(/^\/\n/m)
        .slice(0, folders.length)
        .map((names) => names.split('\n').filter(Boolean))
    },
  }
}
