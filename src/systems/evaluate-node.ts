import type { Evaluated } from '../nix/evaluate.js'
import { applyTo, DESCRIBE, nixString } from '../nix/nix-command.js'
import type { NixResult, NixRunner } from '../nix/nix-runner.js'
import { deployFailure, settingsFunction } from './evaluate-deploy.js'
import type { DeployTarget } from './target.js'

/** What one evaluation tells of a `deploy` output: its settings at once, and then what is to be deployed. */
export interface DeployEvaluation {
  settings: unknown
  /** By node and profile, where only one node is meant; else nothing, as where it can't be evaluated. */
  packages: Promise<Record<string, Record<string, Evaluated | null>>>
}

/** Goes before the settings in what the evaluation traces. */
const MARK = 'slipway-deploy: '

/** Evaluates a flake's `deploy` output as `evaluateDeploy` does, and goes on to the packages of the node that is meant. */
export async function evaluateNode(
  nix: NixRunner,
  target: DeployTarget,
  overrides: Record<string, string>,
): Promise<DeployEvaluation> {
  let running: Promise<NixResult> | undefined
  const traced = await new Promise<string | undefined>((resolve, reject) => {
    running = nix.run(applyTo(`${target.flake}#deploy`, nodeFunction(target), overrides), (line) => {
      const [, settings] = line.split(`trace: ${MARK}`)
      if (settings !== undefined) resolve(settings)
    })
    running.then(() => resolve(undefined), reject)
  })
  const ended = running as Promise<NixResult>
  if (traced === undefined) {
    const result = await ended
    if (result.exitCode !== 0) throw deployFailure(target, result)
  }
  return {
    settings: JSON.parse(traced ?? (await ended).stdout).settings,
    packages: ended.then(
      ({ exitCode, stdout }) => (exitCode === 0 ? JSON.parse(stdout).packages : {}),
      () => ({}),
    ),
  }
}

/**
 * The Nix function that traces what {@link settingsFunction} leaves, and then gives it again with descriptions of
 * packages, unless there are several nodes, of which perhaps only some are wanted, or their host builds.
 */
function nodeFunction({ node, profile }: DeployTarget): string {
  const wanted =
    profile === undefined ? 'profiles' : `builtins.intersectAttrs { ${nixString(profile)} = null; } profiles`
  return `deploy: let
  settings = (${settingsFunction(node)}) deploy;
  describe = ${DESCRIBE};
  nodes = if builtins.isAttrs (settings.nodes or null) then builtins.intersectAttrs settings.nodes deploy.nodes else { };
  builtThere = set: (set.remoteBuild or false) == true;
  packagesOf = node: let profiles = if builtins.isAttrs (node.profiles or null) then node.profiles else { }; in
    builtins.mapAttrs (_: profile:
      if builtins.isAttrs profile && profile ? path && !builtThere profile then describe profile.path else null
    ) (${wanted});
  packages = if builtins.length (builtins.attrNames nodes) != 1 || builtThere deploy then { }
    else builtins.mapAttrs (_: node: if builtins.isAttrs node && !builtThere node then packagesOf node else { }) nodes;
in builtins.trace "${MARK}\${builtins.toJSON { inherit settings; }}" { inherit settings packages; }`
}
