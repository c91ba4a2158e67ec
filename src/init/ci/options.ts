export const PROVIDERS = ['github', 'gitlab', 'forgejo'] as const
export type Provider = (typeof PROVIDERS)[number]

/** What a workflow is made from. */
export interface CiOptions {
  /** The command that is slipway there. */
  slipway: string
  /** The config, relative to the repository's top. */
  config: string
  /** Which of the config's environments is deployed, where it has some. */
  environment: string | undefined
  /** The branch that is deployed. */
  branch: string
  /** Whether there is a flake whose checks can be run. */
  checks: boolean
  cache: Cache | undefined
  /** The variables that a deploy reads secrets from. */
  secrets: string[]
  /** The flake input to bump; undefined for the workflow that deploys what is pushed. */
  upstream: string | undefined
  /** The label of the machines to run on. */
  runner: string | undefined
}

/** A binary cache: one of cachix.org, or any store that `nix copy` takes. */
export type Cache = { cachix: string } | { url: string }

/** Something to set in the provider's settings, by hand. */
export interface Setting {
  name: string
  kind: 'secret' | 'variable' | 'file'
  what: string
}

/** A workflow file, and what goes with it. */
export interface Workflow {
  /** Relative to the repository's top. */
  path: string
  text: string
  settings: Setting[]
  /** What else is to be done, a sentence each. */
  notes: string[]
}
