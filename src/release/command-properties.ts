import { currentDir, slotDir } from '../contract/paths.js'
import type { Manifest } from '../contract/release.js'
import type { Slot } from '../contract/service.js'
import { unitsOf } from './release-units.js'
import { directiveValues } from './unit-file.js'
import type { HostFeatures } from './units.js'

/** Settings that tell how a unit starts, stays up and stops, and who it is: not those of a command that runs once. */
const OF_UNITS =
  /^(Type|Exec\w*|Restart\w*|KillMode|Timeout\w*|RuntimeDirectory|SyslogIdentifier|Sockets|RemainAfterExit|WatchdogSec|NotifyAccess|PIDFile|BusName)$/

/**
 * Settings for `systemd-run -p`, in order, with which a command runs in the sandbox of a service's main program: the
 * same user, variables, secrets and limits. Empty for a site.
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
  return Object.entries(main?.Service ?? {})
    .filter(([setting]) => !OF_UNITS.test(setting))
    .flatMap(([setting, value]) => directiveValues(value).map((text) => `${setting}=${here(text)}`))
}
