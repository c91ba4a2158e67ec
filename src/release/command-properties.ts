import { currentDir, slotDir } from '../contract/paths.js'
import type { Manifest } from '../contract/release.js'
import type { Slot } from '../contract/service.js'
import { unitsOf } from './release-units.js'
import { directiveValues } from './unit-file.js'
import type { HostFeatures } from './units.js'

/**
 * Settings that tell how a unit starts, stays up and stops, and who it is: not those of a command that runs once. Nor is a
 * network of the instance's own, which may not be there yet.
 */
const OF_UNITS =
  /^(Type|Exec\w*|NetworkNamespacePath|Restart\w*|KillMode|Timeout\w*|RuntimeDirectory|SyslogIdentifier|Sockets|RemainAfterExit|WatchdogSec|NotifyAccess|PIDFile|BusName)$/

/** There is no sandbox that a command could run in. */
export class NoSandbox extends Error {
  override name = 'NoSandbox'
}

/**
 * Settings for `systemd-run -p`, in order, with which a command runs in the sandbox of a service's main program: the
 * same user, variables, secrets and limits. Throws where there is no program, or where nothing would take root's rights
 * from the command: without settings, systemd-run runs it as root.
 */
export function commandProperties(
  manifest: Manifest,
  features: HostFeatures,
  { releaseDir, slot }: { releaseDir: string; slot: Slot },
): string[] {
  const { name } = manifest.service
  const units = unitsOf(manifest, features)
  const main = units[`${name}@.service`] ?? units[`${name}.service`]
  const here = (value: string) =>
    value
      .replaceAll(slotDir(name), () => releaseDir)
      .replaceAll(currentDir(name), () => releaseDir)
      // systemd-run takes values as they are, so this is all that becomes of specifiers.
      .replace(/%[i%]/g, (specifier) => (specifier === '%i' ? slot : '%'))
      .replace(/\r\n|\r|\n/g, ' ')
  if (main === undefined) throw new NoSandbox(`${name} has no program, and so no sandbox to run a command in`)
  const properties = Object.entries(main.Service ?? {})
    .filter(([setting]) => !OF_UNITS.test(setting))
    .flatMap(([setting, value]) => directiveValues(value).map((text) => `${setting}=${here(text)}`))
  if (!properties.some((property) => /^User=./.test(property)) && !properties.includes('DynamicUser=yes')) {
    throw new NoSandbox(`the unit of ${name} names no user: a command in its sandbox would be root's`)
  }
  return properties
}
