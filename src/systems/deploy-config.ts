import { resolveConfig } from '../config/resolve.js'
import type { Config } from '../config/resolved.js'
import type { Evaluated } from '../nix/evaluate.js'
import type { NixRunner } from '../nix/nix-runner.js'
import { evaluatedBy } from '../nix/under-way.js'
import { evaluateNode } from './evaluate-node.js'
import { resolveDeploy } from './resolve-deploy.js'
import { parseDeployTarget, profileInstallable } from './target.js'

/**
 * A deploy-rs flake as a config, without a `slipway.config.ts`: `deploy --deploy-rs TARGET`.
 * @param nix runs where relative flakes start.
 */
export async function deployConfig(
  nix: NixRunner,
  target: string,
  overrides: Record<string, string>,
): Promise<{ config: Config; notes: string[] }> {
  const parsed = parseDeployTarget(target)
  const { settings, packages } = await evaluateNode(nix, parsed, overrides)
  const { hosts, systems, notes } = resolveDeploy(settings, parsed)
  const evaluated = packages.then((nodes) => byInstallable(parsed.flake, nodes))
  for (const { package: ref } of systems) {
    const found = evaluated.then((known) => ('flake' in ref ? (known.get(ref.flake) ?? null) : null))
    evaluatedBy(ref, overrides, found)
  }
  const defaults = resolveConfig({ hosts: {}, services: {} }, { file: target, root: nix.folder })
  return {
    config: { ...defaults, hosts: Object.fromEntries(hosts.map((host) => [host.name, host])), systems },
    notes,
  }
}

function byInstallable(
  flake: string,
  nodes: Record<string, Record<string, Evaluated | null>>,
): Map<string, Evaluated | null> {
  return new Map(
    Object.entries(nodes).flatMap(([node, profiles]) =>
      Object.entries(profiles).map(([profile, found]) => [profileInstallable(flake, node, profile), found]),
    ),
  )
}
