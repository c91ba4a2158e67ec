import { resolveConfig } from '../config/resolve.js'
import type { Config } from '../config/resolved.js'
import type { NixRunner } from '../nix/nix-runner.js'
import { evaluateDeploy } from './evaluate-deploy.js'
import { resolveDeploy } from './resolve-deploy.js'
import { parseDeployTarget } from './target.js'

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
  const { hosts, systems, notes } = resolveDeploy(await evaluateDeploy(nix, parsed, overrides), parsed)
  const defaults = resolveConfig({ hosts: {}, services: {} }, { file: target, root: nix.folder })
  return {
    config: { ...defaults, hosts: Object.fromEntries(hosts.map((host) => [host.name, host])), systems },
    notes,
  }
}
