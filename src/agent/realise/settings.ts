import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'
import { listSetting, type NixSettings, nixSettings } from '../nix-settings.js'

const CONF = '/etc/nix/nix.conf'

/** What is wrong with Nix's settings, and what puts it right. */
export interface SettingsProblem {
  what: string
  next: string
}

/** Why Nix would take whatever the deploy user brings; undefined where it trusts that user with nothing. */
export function trustProblem(
  settings: NixSettings,
  user: string,
  groups: readonly string[],
): SettingsProblem | undefined {
  if (settings.get('require-sigs') === 'false') {
    return {
      what: 'Nix takes any package from anybody here: `require-sigs` is false',
      next: `Take \`require-sigs = false\` out of ${CONF}, and restart nix-daemon.`,
    }
  }
  const names = new Set(['*', user, ...groups.map((group) => `@${group}`)])
  const trusted = listSetting(settings, 'trusted-users').filter((name) => names.has(name))
  if (trusted.length === 0) return undefined
  return {
    what: `Nix trusts the deploy user ${user} with everything: \`trusted-users\` has ${trusted.join(' ')}`,
    next: `Take ${trusted.join(' ')} out of \`trusted-users\` in ${CONF}, and restart nix-daemon.`,
  }
}

/** Why Nix can't build here what nobody vouches for; undefined where it can. */
export function buildProblem(settings: NixSettings): SettingsProblem | undefined {
  if (settings.get('sandbox') === 'false') {
    return {
      what: 'its Nix builds without a sandbox, and what a key sends is built in one alone',
      next: `Set \`sandbox = true\` in ${CONF} and restart nix-daemon; or have a cache that the host trusts hold the package.`,
    }
  }
  if (settings.get('build-users-group') || settings.get('auto-allocate-uids') === 'true') return undefined
  return {
    what: 'its Nix builds as root, and what a key sends is not built as root',
    next: `Set \`build-users-group = nixbld\` in ${CONF}, with users in that group, and restart nix-daemon; or have a cache that the host trusts hold the package.`,
  }
}

/**
 * Nix's settings, on a host where the deploy user can have it take nothing on trust.
 * @throws CallFailed where it could, with what puts that right.
 */
export async function untrustingSettings(agent: Pick<Agent, 'run'>, user: string): Promise<NixSettings> {
  const settings = await nixSettings(agent)
  const { code, stdout } = await agent.run(['id', '-nG', user])
  if (code !== 0) throw failed(`the groups of ${user} are not known`)
  const problem = trustProblem(settings, user, stdout.trim().split(/\s+/))
  if (problem) throw failed(problem.what, { next: problem.next })
  return settings
}
