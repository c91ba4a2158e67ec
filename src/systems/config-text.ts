import { resolveHost } from '../config/resolve.js'
import { resolveGuard } from '../config/resolve-guard.js'
import { profileOf } from '../config/resolve-system.js'
import type { HostConfig, SystemConfig } from '../config/resolved.js'
import { keyText, type Value, valueText } from './object-text.js'
import type { ResolvedDeploy } from './resolve-deploy.js'

/** What holds by default; the text leaves it out. */
const DEFAULT_HOST = resolveHost('', { ssh: '' })
const DEFAULT_GUARD = resolveGuard()

/** A `slipway.config.ts` that says what a flake's deploy nodes say. `flake` is named to its reader. */
export function configText({ hosts, systems }: Omit<ResolvedDeploy, 'notes'>, flake: string): string {
  const indent = '    '
  const hostLines = hosts.map((host) => {
    const start = `${indent}${keyText(host.name)}: `
    return `${start}${valueText(hostValue(host), indent, start.length)},\n`
  })
  const systemLines = systems.map((system) => {
    const start = `${indent}${keyText(system.name)}: system(`
    return `${start}${valueText(systemValue(system, hosts.length > 1), indent, start.length + 1)}),\n`
  })
  return `import { defineConfig, system } from 'slipway'

// From the deploy nodes of \`${flake}\`; the systems of a host are activated in this order.
export default defineConfig({
  hosts: {
${hostLines.join('')}  },
  systems: {
${systemLines.join('')}  },
})
`
}

function hostValue({ ssh, options, build, become, substitutes }: HostConfig): Value {
  const asRoot = become.join(' ')
  const fields = {
    options: options.length === 0 ? undefined : options,
    build,
    become: asRoot === DEFAULT_HOST.become.join(' ') ? undefined : asRoot,
    substitutes: substitutes === DEFAULT_HOST.substitutes ? undefined : substitutes,
  }
  return Object.values(fields).every((value) => value === undefined) ? ssh : { ssh, ...fields }
}

function systemValue(system: SystemConfig, severalHosts: boolean): Value {
  const activate = durationText(system.activateMs, DEFAULT_GUARD.activateMs)
  const confirm = durationText(system.confirmMs, DEFAULT_GUARD.confirmMs)
  return {
    flake: 'flake' in system.package ? system.package.flake : undefined,
    host: severalHosts ? system.host : undefined,
    user: system.user === 'root' ? undefined : system.user,
    profile: profileText(system),
    guard: activate || confirm ? { activate, confirm } : undefined,
    confirm: system.confirm ? undefined : false,
    revert: system.revert ? undefined : false,
  }
}

/** The profile's name where that says it all, else its path. */
function profileText({ name, user, profile, profileName }: SystemConfig): string | undefined {
  const text = profileOf(user, profileName).profile === profile ? profileName : profile
  return text === (user === 'root' ? 'system' : name) ? undefined : text
}

function durationText(ms: number, byDefault: number): string | undefined {
  if (ms === byDefault) return undefined
  return ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1000}s`
}
