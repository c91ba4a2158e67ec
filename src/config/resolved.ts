import type { GuardSettings } from '../contract/activation.js'
import type { Program, SecretAs, Site } from '../contract/service.js'
import type { PythonEnvironment } from './types.js'

/** A config after validation: every default filled in, every duration in milliseconds. */
export interface Config {
  /** The folder of the config file; relative paths start here. */
  root: string
  /** What the project is called; undefined: what git, or its folder, tells. */
  project: string | undefined
  /** Which of the file's environments this is, where it has some. */
  environment?: string
  hosts: Record<string, HostConfig>
  services: ServiceConfig[]
  systems: SystemConfig[]
  caches: CacheConfig[]
  guard: GuardConfig
  secrets: SecretsConfig
  overrideInputs: Record<string, string>
  check: boolean
  parallel: number
}

/** A binary cache that the config names. One of its own is served by a site of the same name, which is among the services. */
export interface CacheConfig {
  name: string
  /** What Nix calls it. */
  url: string
  /** The host of the config that has it; null: it is somebody else's. */
  host: string | null
}

export interface HostConfig {
  name: string
  /** What `ssh` is called with, or `rehearse:NAME`. */
  ssh: string
  options: string[]
  build: 'local' | 'host' | undefined
  /** The words before a command that must run as root, where the login isn't root's. */
  become: string[]
  /** Whether the host fetches from its own substituters what they have. */
  substitutes: boolean
}

/** What a host does by itself about an activation that nobody confirms. */
export interface GuardConfig extends Pick<GuardSettings, 'activateMs' | 'confirmMs' | 'escalate'> {
  /** How long a public URL may take when the deployer asks it. */
  urlMs: number
}

/** The encrypted file that secrets are kept in. */
export interface SecretsConfig {
  /** Relative to the config's folder. */
  file: string
  /** Public halves of age keys, by name. */
  recipients: Record<string, string>
}

/** What a program must get and nobody else may see: all but its value. */
export interface SecretConfig {
  name: string
  from: 'file' | 'host' | { env: string } | { command: string[] }
  as: SecretAs
}

/** What Nix evaluates: a flake installable, or an attribute of a file. */
export type PackageSource = { flake: string } | { file: string; attr: string | undefined }

/** A module of nixpkgs' modular services, and what the config sets of its options. */
export interface ModuleRef {
  /** Where the module is. */
  of: PackageSource
  /** What the service is called. */
  name: string
  settings: { path: string[]; value: unknown }[]
  /** Whether it runs in slots: its configuration files are then in one of them. */
  listens: boolean
}

/** What is built for a service: a package, what a module comes to, or a text. */
export type PackageRef =
  | (PackageSource & { server?: PythonServer })
  | { module: ModuleRef }
  | { name: string; text: string }

/** Programs that run Python applications: one is put beside a package into an environment of Python. */
export type PythonServer = PythonEnvironment['server']

/** What a config says of a service and no host is told. */
interface OfConfig {
  package: PackageRef
  hosts: string[]
}

/** A program that listens, or a worker, as a config describes it. */
export type ProgramConfig = Program &
  OfConfig & {
    secrets: SecretConfig[]
    /** The files that are shipped, relative to the config's folder. */
    assets: string[]
    /** What its variables are the store paths of, by their names. */
    envPackages: Record<string, PackageSource>
  }

/** Static files, as a config describes them. */
export type SiteConfig = Site & OfConfig

export type ServiceConfig = ProgramConfig | SiteConfig

/** A whole system, or another Nix profile that activates itself. */
export interface SystemConfig {
  kind: 'system'
  name: string
  host: string
  package: PackageRef
  /** undefined: the host finds it among the user's profiles, by `profileName`. */
  profile: string | undefined
  profileName: string
  user: string
  /** Whether the host waits for a confirmation, and reverts without one. */
  confirm: boolean
  /** Whether a failed activation is reverted. */
  revert: boolean
  activateMs: number
  confirmMs: number
}
