import { SlipwayError } from '../errors.js'

/** What decides for which systems Nix can build. */
export interface BuildSettings {
  /** The machine's own. */
  system: string
  extraPlatforms: string[]
  /** The systems of remote builders. */
  builderSystems: string[]
  /** The processors that binfmt_misc(5) has an emulator for; null where this machine doesn't tell. */
  emulated: string[] | null
}

/** What the machine lacks to build for a system; undefined where nothing is known to be missing. */
export function missingFor(system: string, settings: BuildSettings): string | undefined {
  if (system === settings.system || settings.builderSystems.includes(system)) return undefined
  if (!settings.extraPlatforms.includes(system)) {
    const own = [settings.system, ...settings.extraPlatforms]
    const builders =
      settings.builderSystems.length > 0 ? ` and builders for ${settings.builderSystems.join(', ')}` : ''
    return `Nix has ${own.join(', ')} here${builders}; \`builders\` and \`extra-platforms\` lack ${system}.`
  }
  const processor = processorOf(system)
  if (settings.emulated === null || runsNatively(processor, processorOf(settings.system))) return undefined
  return settings.emulated.includes(processor)
    ? undefined
    : `\`extra-platforms\` has ${system}, but no emulator for ${processor} is registered in /proc/sys/fs/binfmt_misc.`
}

/** That something can't be built here, and each way in which it could. */
export function platformError(subject: string, system: string, why: string): SlipwayError {
  const processor = processorOf(system)
  return new SlipwayError({
    what: `${subject} can't be built on this machine: it is for ${system}`,
    why: [
      why,
      'One of these helps:',
      `- a builder: a line such as \`ssh://root@HOST ${system}\` in /etc/nix/machines`,
      `- emulation, which is slow: a binfmt_misc entry for ${processor} (Debian: qemu-user-static; NixOS: boot.binfmt.emulatedSystems), and \`extra-platforms = ${system}\` in /etc/nix/nix.conf`,
    ].join('\n'),
    still: 'Nothing was changed on any host.',
    next: `A host that is ${system} builds for itself: slipway deploy --build host.`,
  })
}

/** The system that an error of Nix says is needed, and isn't this machine's. */
export function requiredSystem(message: string): string | undefined {
  const forms = [
    // Up to 2.29, and since.
    /a '([^']+)' with features \{[^}]*\} is required to build '[^']+', but I am a '([^']+)'/,
    /Required system: '([^']+)'[^\n]*\n\s*Current system: '([^']+)'/,
  ]
  for (const form of forms) {
    const [, required, current] = form.exec(message) ?? []
    if (required !== undefined && required !== current) return required
  }
  return undefined
}

/** The systems in lines of `builders` or /etc/nix/machines: `ssh://host system,system key jobs …`. */
export function builderSystems(lines: readonly string[], own: string): string[] {
  const systems = lines.flatMap((line) => {
    const [, second = '-'] = line.trim().split(/\s+/)
    return second === '-' ? [own] : second.split(',')
  })
  return [...new Set(systems)].sort()
}

/** A `builders` setting or machines file without its comments, entry by entry; `@` names another such file. */
export function builderEntries(text: string): string[] {
  return text
    .split(/[\n;]/)
    .map((line) => line.replace(/#.*/, '').trim())
    .filter(Boolean)
}

function processorOf(system: string): string {
  return system.split('-')[0] ?? system
}

/** Processors that run an older one's programs themselves. */
function runsNatively(processor: string, own: string): boolean {
  if (own === 'x86_64') return /^(i\d86|x86_64.*)$/.test(processor)
  return own === 'aarch64' && /^armv\d/.test(processor)
}
