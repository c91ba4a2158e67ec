/** What of a build is not the same each time, though the project is. */
export type Unlocked =
  /** Inputs that a flake's lock file lacks. */
  | { of: 'flake'; flake: string; inputs: string[] }
  /** What a Nix file takes from the search path of whoever builds it. */
  | { of: 'file'; file: string; inputs: string[] }
  /** A reference in `overrideInputs` that names no revision. */
  | { of: 'override'; ref: string; inputs: string[] }

/** What it is, and what helps. */
export function unlockedText(unlocked: Unlocked): { found: string; fix: string } {
  const names = unlocked.inputs.join(', ')
  const [first = ''] = unlocked.inputs
  const pin = `${first}: 'github:NixOS/nixpkgs/REVISION'`
  switch (unlocked.of) {
    case 'flake':
      return {
        found: `flake.lock of ${unlocked.flake} does not have ${names}: another day the same commit may give another package`,
        fix: `nix flake lock ${unlocked.flake}, and commit flake.lock; \`slipway deploy\` does the former`,
      }
    case 'file':
      return {
        found: `${unlocked.file} takes <${unlocked.inputs.join('>, <')}> from the machine that builds it: another one may give another package`,
        fix: `pin it in slipway.config.ts: overrideInputs: { ${pin} }`,
      }
    case 'override':
      return {
        found: `overrideInputs.${names} is '${unlocked.ref}', which moves: another day the same commit may give another package`,
        fix: `name a revision: ${pin}`,
      }
  }
}
