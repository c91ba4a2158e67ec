import type { ProgramConfig } from '../../config/resolved.js'
import { currentDir, HOST_ROOT, slotDir, stateDir } from '../../contract/paths.js'
import { usageError } from '../../errors.js'
import { withSecretsProgram } from '../../release/credentials.js'
import { type Places, programWord } from '../../release/places.js'
import type { Sections } from '../../release/unit-file.js'
import type { Instance, UnitContext } from '../../release/units.js'
import { attributeName } from '../detect/write/nix-text.js'
import { expression } from './nix-value.js'

/** All NixOS releases that are kept up have systemd 255 or newer. */
const SYSTEMD = 255

/** What the module's expressions call a service's options and shipped files. */
export interface Names {
  /** `config.services.NAME`. */
  cfg: string
  /** The store path of the shipped files. */
  assets: string
  /** The store path of what gives programs their secrets. */
  withSecrets: string
}

/** Where a module has the parts of a release. NixOS gives units their variables itself. */
export function modulePlaces(service: ProgramConfig, { cfg, assets, withSecrets }: Names): Places {
  const storePath = expression(`${cfg}.package`)
  const before = secretsProgram(service) === undefined ? '' : `/bin/sh ${expression(withSecrets)} `
  // Not the path itself: Nix would copy what is there into the store.
  const file = (name: string) => expression(`toString ${cfg}.secretFiles.${attributeName(name)}`)
  const credentials = service.secrets.map(({ name }) => `${name}:${file(name)}`)
  return {
    suffix: '',
    // A config without `run` means the package's main program.
    program: (name) =>
      `${before}${name === '' ? expression(`lib.getExe ${cfg}.package`) : programWord(storePath, name)}`,
    assets: expression(assets),
    state: {
      path: expression(`${cfg}.stateDir`),
      directory: expression(`lib.removePrefix "/var/lib/" ${cfg}.stateDir`),
    },
    variables: () => ({ ...(credentials.length > 0 && { LoadCredential: credentials }) }),
  }
}

/** What gives a service's programs those secrets that they want as variables; nothing where there are none. */
export function secretsProgram(service: ProgramConfig): string | undefined {
  return withSecretsProgram(
    Object.fromEntries(service.secrets.map(({ name, as }) => [name, { version: '', as }])),
  )
}

/** The one instance that a module has of a service. */
export function moduleInstance(service: ProgramConfig, names: Names): Instance {
  const path = expression(`${names.cfg}.socket`)
  return {
    unit: service.name,
    title: service.name,
    places: modulePlaces(service, names),
    conditions: {},
    socket: { path, folder: expression(`dirOf ${names.cfg}.socket`) },
  }
}

export function moduleContext(service: ProgramConfig, { cfg }: Names): UnitContext {
  return { command: service.run ?? [''], systemd: SYSTEMD, nginxGroup: expression(`${cfg}.socketGroup`) }
}

/**
 * Text of the config in which places on a host of deploys are those of the module.
 * @throws SlipwayError where it names one that a module has not.
 */
export function localised(service: ProgramConfig, names: Names, at: string, text: string): string {
  const places = modulePlaces(service, names)
  let local = text
  for (const release of [slotDir(service.name), currentDir(service.name)]) {
    local = local
      .replaceAll(`${release}/assets`, places.assets)
      .replaceAll(`${release}/package`, expression(`${names.cfg}.package`))
  }
  if (service.state) {
    const state = new RegExp(`${stateDir(service.name)}(?![\\w.-])`, 'g')
    local = local.replace(state, () => places.state.path)
  }
  if (!local.includes(`${HOST_ROOT}/`)) return local
  throw usageError({
    what: `services.${service.name}: ${at} names a folder of slipway's on a host: ${text}`,
    why: 'A NixOS module has no releases and slots.',
    still: 'Nothing was written.',
    next: 'Of those folders, a module has what ends in release/assets or release/package.',
  })
}

/** The same in all values of units. */
export function localisedSections(service: ProgramConfig, names: Names, sections: Sections): Sections {
  const local = (at: string, text: string) => localised(service, names, at, text)
  return Object.fromEntries(
    Object.entries(sections).map(([section, directives]) => [
      section,
      Object.fromEntries(
        Object.entries(directives).map(([name, value]) => [
          name,
          typeof value === 'string'
            ? local(name, value)
            : Array.isArray(value)
              ? value.map((item) => local(name, item))
              : value,
        ]),
      ),
    ]),
  )
}
