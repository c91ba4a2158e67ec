import { didYouMean } from '../config/suggest.js'
import { usageError } from '../errors.js'
import type { Deploy, DeployNode } from './deploy-schema.js'
import { deployError, nixPath } from './read-deploy.js'
import type { DeployTarget } from './target.js'

/** A node, and which of its profiles are meant, in the order of their activation. */
export interface SelectedNode {
  name: string
  node: DeployNode
  profiles: string[]
}

/**
 * The nodes and profiles that a target means, nodes by name.
 * @throws SlipwayError for a name that the flake doesn't have.
 */
export function selectNodes(deploy: Deploy, target: DeployTarget): SelectedNode[] {
  const names = target.node === undefined ? Object.keys(deploy.nodes).sort() : [target.node]
  const selected = names.map((name) => {
    const node = deploy.nodes[name] ?? missing(target.flake, 'node', name, deploy.nodeNames)
    return { name, node, profiles: profilesOf(name, node, target) }
  })
  const filled = selected.filter(({ profiles }) => profiles.length > 0)
  if (filled.length === 0) {
    throw usageError({ what: `${target.flake} has no profiles to deploy`, next: 'See deploy.nodes in it.' })
  }
  return filled
}

function profilesOf(name: string, node: DeployNode, target: DeployTarget): string[] {
  const all = Object.keys(node.profiles)
  if (target.profile !== undefined) {
    return [
      all.find((profile) => profile === target.profile) ?? missing(name, 'profile', target.profile, all),
    ]
  }
  const absent = node.profilesOrder.find((profile) => !all.includes(profile))
  if (absent !== undefined) {
    const path = nixPath(['deploy', 'nodes', name, 'profilesOrder'])
    const guess = didYouMean(absent, all)
    const suggestion = guess ? `did you mean "${guess}"?` : undefined
    throw deployError([{ path, message: `there is no profile "${absent}"`, suggestion }])
  }
  return [...new Set([...node.profilesOrder, ...all.sort()])]
}

function missing(owner: string, kind: 'node' | 'profile', name: string, names: readonly string[]): never {
  const guess = didYouMean(name, names)
  throw usageError({
    what: `${owner} has no ${kind} "${name}"`,
    next: guess ? `Did you mean "${guess}"?` : `It has: ${[...names].sort().join(', ') || 'none'}.`,
  })
}
