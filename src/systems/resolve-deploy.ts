import type { Problem } from '../config/problems.js'
import { profileOf } from '../config/resolve-system.js'
import type { HostConfig, SystemConfig } from '../config/resolved.js'
import type { Deploy } from './deploy-schema.js'
import { ignoredSettings } from './ignored.js'
import { type Login, nodeHost } from './login.js'
import { type Merged, mergeSettings } from './merge.js'
import { hostName, systemName, uniqueNames } from './names.js'
import { deployError, nixPath, readDeploy } from './read-deploy.js'
import { type SelectedNode, selectNodes } from './select.js'
import { type DeployTarget, profileInstallable } from './target.js'

/** What deploy-rs does where nobody says otherwise. */
const DEFAULT_ACTIVATION_SECONDS = 240
const DEFAULT_CONFIRM_SECONDS = 30

/** What a flake's deploy nodes come to. */
export interface ResolvedDeploy {
  /** One for each node. */
  hosts: HostConfig[]
  /** One for each profile, those of a host in the order of their activation. */
  systems: SystemConfig[]
  /** What is not done as the flake says, a sentence each. */
  notes: string[]
}

/**
 * The hosts and systems that a target means, with deploy-rs's defaults and precedence.
 * @param json what `evaluateDeploy` gave.
 * @throws SlipwayError with the problems of the flake's output, or for a name that it doesn't have.
 */
export function resolveDeploy(json: unknown, target: DeployTarget): ResolvedDeploy {
  const deploy = readDeploy(json)
  const selected = selectNodes(deploy, target)
  const names = uniqueNames(selected.map(({ name }) => hostName(name)))
  const hosts = selected.map((node, index) =>
    nodeHost(node.name, names[index] ?? '', node.node.hostname, logins(deploy, node)),
  )
  const profiles = selected.flatMap((node, index) =>
    node.profiles.map((profile) => ({ node, profile, host: names[index] ?? '' })),
  )
  const problems: Problem[] = []
  const systems = profiles.map(({ node, profile, host }) => {
    const settings = settingsOf(deploy, node, profile)
    const user = settings.user ?? settings.sshUser ?? ''
    problems.push(...profileProblems(node, profile, user))
    return {
      kind: 'system' as const,
      name: systemName(node.name, profile),
      host,
      package: { flake: profileInstallable(target.flake, node.name, profile) },
      ...profileOf(user, node.node.profiles[profile]?.profilePath ?? profile),
      user,
      ...guardOf(settings),
    }
  })
  if (problems.length > 0) throw deployError(problems)
  const unique = uniqueNames(systems.map(({ name }) => name))
  return {
    hosts: hosts.map(({ host }) => host),
    systems: systems.map((system, index) => ({ ...system, name: unique[index] ?? '' })),
    notes: [...ignoredSettings(deploy, selected), ...hosts.flatMap(({ notes }) => notes)],
  }
}

function settingsOf(deploy: Deploy, { node }: SelectedNode, profile: string): Merged {
  const own = node.profiles[profile]
  return own ? mergeSettings(deploy, node, own) : {}
}

function logins(deploy: Deploy, node: SelectedNode): Login[] {
  const others = Object.keys(node.node.profiles).filter((profile) => !node.profiles.includes(profile))
  return [...node.profiles, ...others.sort()].map((profile) => ({
    profile,
    selected: node.profiles.includes(profile),
    settings: settingsOf(deploy, node, profile),
  }))
}

function profileProblems({ name, node }: SelectedNode, profile: string, user: string): Problem[] {
  const path = nixPath(['deploy', 'nodes', name, 'profiles', profile])
  const problems: Problem[] = []
  if (user === '') {
    problems.push({
      path,
      message: 'neither `user` nor `sshUser` is set, so nobody knows whose profile it is',
      suggestion: 'for a whole system, set `user = "root"`',
    })
  }
  if (!node.profiles[profile]?.hasPath) problems.push({ path: `${path}.path`, message: 'is missing' })
  return problems
}

function guardOf(settings: Merged): Pick<SystemConfig, 'confirm' | 'revert' | 'activateMs' | 'confirmMs'> {
  return {
    confirm: settings.magicRollback ?? true,
    revert: settings.autoRollback ?? true,
    activateMs: (settings.activationTimeout ?? DEFAULT_ACTIVATION_SECONDS) * 1000,
    confirmMs: (settings.confirmTimeout ?? DEFAULT_CONFIRM_SECONDS) * 1000,
  }
}
