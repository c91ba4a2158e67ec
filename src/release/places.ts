import { serviceDir, stateDir } from '../contract/paths.js'
import type { Directive, Program } from '../contract/service.js'
import { credentialDirectives, type SecretUses, WITH_SECRETS, wantsVariables } from './credentials.js'
import { listenFolder } from './listen.js'
import type { OwnFolders } from './sandbox.js'
import { quoteWord } from './unit-file.js'

/** Where a unit finds the parts of its release: in the folder of a slot, or in a NixOS configuration. */
export interface Places {
  /** What titles end with. */
  suffix: string
  /** The folder of the release, in words of command lines: `%i` in it is the slot; absent where there is none. */
  release?: string
  /** A program of the package, as a command line begins. */
  program(name: string): string
  /** The shipped files. */
  assets: string
  /** The state, and what `StateDirectory=` calls it. */
  state: { path: string; directory: string }
  /** What its programs see of slipway's folders; absent where there are none. */
  own?: OwnFolders
  /** What gives a program its variables, and those of a job that has some of its own, and its secrets. */
  variables(job?: string): Record<string, Directive>
}

/** The places of a release in a folder of the host; some instances have more files of variables. */
export function placesIn(
  service: Program,
  release: string,
  secrets: SecretUses = {},
  ...more: string[]
): Places {
  const storePath = `${release}/package`
  const before = wantsVariables(secrets) ? `/bin/sh ${release}/${WITH_SECRETS} ` : ''
  return {
    suffix: ' (slipway)',
    release,
    // In our folder `%i` is the slot, any other percent sign is the program's own.
    program: (name) => `${before}${programWord(storePath, name)}`,
    assets: `${release}/assets`,
    state: { path: stateDir(service.name), directory: service.name },
    own: {
      service: serviceDir(service.name),
      sockets: service.listen?.mode === 'unix' ? listenFolder(service.name) : undefined,
    },
    variables: (job) => ({
      // Programs that call others find those of their own package first.
      Environment: `PATH=${storePath}/bin:/run/current-system/sw/bin:/usr/local/bin:/usr/bin:/bin`,
      // The later file wins: a job's variables over the service's.
      EnvironmentFile: [
        `${release}/${envFileName()}`,
        ...(job === undefined ? [] : [`${release}/${envFileName(job)}`]),
        ...more,
      ],
      ...credentialDirectives(secrets, release),
    }),
  }
}

/** The name of the file in a release that holds the service's variables, or those of a job of its. */
export function envFileName(job?: string): string {
  return job === undefined ? 'env' : `env-${job}`
}

/** A command line of `ExecStart=`. */
export function commandLine(places: Places, [program = '', ...args]: readonly string[]): string {
  return [places.program(program), ...args.map((word) => inRelease(places, quoteWord(word)))].join(' ')
}

/** A word that names a file of the release: in each slot it is that of its own. */
function inRelease({ release }: Places, word: string): string {
  return release === undefined ? word : word.replaceAll(quoteWord(release), release)
}

/** A program of the package at a path that needs no quotes, unless the config gave a full path. */
export function programWord(storePath: string, program: string): string {
  if (program.startsWith('/')) return quoteWord(program)
  const below = quoteWord(`/bin/${program}`)
  return below.startsWith('"') ? `"${storePath}${below.slice(1)}` : `${storePath}${below}`
}

/** A program of the package, unless the config gave a full path. */
export function programPath(storePath: string, program: string): string {
  return program.startsWith('/') ? program : `${storePath}/bin/${program}`
}
