import { SlipwayError } from '../errors.js'
import { endOfError, isAttributeMissing } from '../nix/evaluate.js'
import { applyTo, nixString } from '../nix/nix-command.js'
import type { NixResult, NixRunner } from '../nix/nix-runner.js'
import { NODE_FIELDS, PROFILE_FIELDS, SETTINGS } from './deploy-schema.js'
import type { DeployTarget } from './target.js'

/**
 * Evaluates a flake's `deploy` output: settings only, so that no system is evaluated for it, and of one node where
 * the target names one. `resolveDeploy` reads the result.
 */
export async function evaluateDeploy(
  nix: NixRunner,
  target: DeployTarget,
  overrides: Record<string, string>,
): Promise<unknown> {
  const result = await nix.run(applyTo(`${target.flake}#deploy`, settingsFunction(target.node), overrides))
  if (result.exitCode !== 0) throw deployFailure(target, result)
  return JSON.parse(result.stdout)
}

/** The error that an evaluation of a flake's `deploy` output ended with. */
export function deployFailure({ flake }: DeployTarget, { stderr }: NixResult): SlipwayError {
  const why = endOfError(stderr)
  const still = 'Nothing was contacted or changed.'
  if (isAttributeMissing(stderr)) {
    const next = 'Name a flake that deploy-rs could deploy: one with deploy.nodes among its outputs.'
    return new SlipwayError({ what: `${flake} has no deploy output`, why, still, next })
  }
  return new SlipwayError({ what: `the deploy output of ${flake} can't be evaluated`, why, still })
}

/** The Nix function that leaves what `deploySchema` describes of a `deploy` output. */
export function settingsFunction(node: string | undefined): string {
  const wanted = node === undefined ? 'nodes' : `builtins.intersectAttrs { ${nixString(node)} = null; } nodes`
  const profileFields = nixSet([...Object.keys(PROFILE_FIELDS), 'path'])
  const nodeFields = nixSet([...Object.keys(NODE_FIELDS), 'profiles'])
  return `deploy: let
  settings = ${nixSet(Object.keys(SETTINGS))};
  ifSet = f: value: if builtins.isAttrs value then f value else builtins.typeOf value;
  keep = known: set: builtins.intersectAttrs known set // {
    unknown = builtins.attrNames (builtins.removeAttrs set (builtins.attrNames known));
  };
  profile = ifSet (set:
    builtins.removeAttrs (keep (settings // ${profileFields}) set) [ "path" ] // { hasPath = set ? path; });
  node = ifSet (set:
    keep (settings // ${nodeFields}) set
    // (if set ? profiles then { profiles = ifSet (builtins.mapAttrs (_: profile)) set.profiles; } else { }));
in ifSet (set: let nodes = set.nodes or { }; in
  if set.type or null == "derivation" then throw "slipway: a package named deploy is in the way of the deploy output"
  else keep (settings // { nodes = null; }) set // {
    nodeNames = ifSet builtins.attrNames nodes;
    nodes = ifSet (nodes: builtins.mapAttrs (_: node) (${wanted})) nodes;
  }) deploy`
}

function nixSet(names: readonly string[]): string {
  return `{ ${names.map((name) => `${name} = null;`).join(' ')} }`
}
