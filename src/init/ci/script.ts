import type { CiOptions } from './options.js'

/** The shell commands that workflows of all providers consist of. */

/** A command of slipway, for the config where it lies. */
export function slipway({ slipway: program, config, environment }: CiOptions, words: string): string {
  const where = config.includes('/') ? ` --config ${config}` : ''
  return `${program} ${words}${where}${environment === undefined ? '' : ` --env ${environment}`}`
}

/** What a workflow does, as a word: the name of its file and its job. */
export function taskName({ upstream, environment }: CiOptions): string {
  const what = upstream === undefined ? 'deploy' : `bump-${upstream}`
  return environment === undefined ? what : `${what}-${environment}`
}

/** What is deployed one at a time, whichever workflow it is of. */
export function deploysOf({ environment }: CiOptions): string {
  return environment === undefined ? 'deploy' : `deploy-${environment}`
}

/** Checks, where there are any, and builds. */
export function checkAndBuild(options: CiOptions): string[] {
  return [...(options.checks ? [slipway(options, 'check')] : []), slipway(options, 'build')]
}

/** Bumps the flake input and commits it, with the hashes that change with it. */
export function bump(options: CiOptions, input: string): string[] {
  const folder = options.config.split('/').slice(0, -1).join('/')
  return [
    `nix flake update ${input}${folder ? ` --flake ./${folder}` : ''}`,
    slipway(options, 'build --fix-hashes'),
    `git diff --quiet || git -c user.name=slipway -c user.email=slipway@localhost commit -am "Update ${input}"`,
  ]
}

/** What a container of the image nixos/nix lacks. */
export function installTools({ cache }: CiOptions): string {
  return `nix-env -iA nixpkgs.nodejs${cache && 'cachix' in cache ? ' nixpkgs.cachix' : ''}`
}

/** Makes what a cache has usable; only Cachix tells its key by itself. */
export function useCache({ cache }: CiOptions): string[] {
  return cache && 'cachix' in cache ? [`cachix use ${cache.cachix}`] : []
}

/** Fills the cache with what was built, and all that it needs. */
export function fillCache(options: CiOptions): string[] {
  const { cache } = options
  if (!cache) return []
  const paths = `${slipway(options, 'build')} > "$HOME/built"`
  if ('cachix' in cache) return [paths, `cachix push ${cache.cachix} < "$HOME/built"`]
  return [
    paths,
    '(umask 077; echo "$CACHE_SIGNING_KEY" > "$HOME/cache-key")',
    'xargs nix store sign --recursive --key-file "$HOME/cache-key" < "$HOME/built"',
    `xargs nix copy --to '${cache.url}' < "$HOME/built"`,
  ]
}
