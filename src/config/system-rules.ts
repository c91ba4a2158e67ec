import { SYSTEM_NAME_PATTERN, suggestSystemName } from './names.js'
import type { Problem } from './problems.js'
import type { Config, SystemConfig } from './resolved.js'

/** The rules for systems that are about their names and profiles. */
export function systemProblems({ services, systems }: Config): Problem[] {
  const named = new Set(services.map(({ name }) => name))
  const profiles = new Map<string, string>()
  return systems.flatMap((system) => {
    const { name, host } = system
    const problems: Problem[] = []
    if (!SYSTEM_NAME_PATTERN.test(name)) {
      problems.push({
        path: `systems['${name}']`,
        message: `a system is named with 1 to 63 of a-z, 0-9 and "-", starting with a letter, not ending with "-"`,
        suggestion: `for example "${suggestSystemName(name)}"`,
      })
    }
    if (named.has(name))
      problems.push({ path: `systems.${name}`, message: 'a service has this name already' })
    const profile = profileKey(system)
    const first = profiles.get(`${host} ${profile}`)
    if (first !== undefined) {
      const path = `systems.${name}.profile`
      problems.push({ path, message: `${profile} of ${host} is set by systems.${first} already` })
    } else profiles.set(`${host} ${profile}`, name)
    return problems
  })
}

/** The profile's path; where the host is to find it, the first place it looks in. */
function profileKey({ profile, user, profileName }: SystemConfig): string {
  return profile ?? `/nix/var/nix/profiles/per-user/${user}/${profileName}`
}
