import type { Route } from './route.js'

/** A config after validation: every default filled in, every duration in milliseconds. */
export interface Config {
  /** The folder of the config file; relative paths start here. */
  root: string
  hosts: Record<string, HostConfig>
  services: ServiceConfig[]
  systems: SystemConfig[]
  guard: GuardConfig
  secrets: SecretsConfig
  overrideInputs: Record<string, string>
  check: boolean
  parallel: number
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
export interface GuardConfig {
  activateMs: number
  confirmMs: number
  urlMs: number
  /** undefined: a host whose network stays away after a revert is left alone. */
  escalate: EscalateConfig | undefined
}

export interface EscalateConfig {
  /** How long the network may stay away after a revert before network units are restarted. */
  networkMs: number
  /** undefined: those of the network managers and of sshd that are active. */
  units: string[] | undefined
  /** Counted from then; undefined: no reboot. */
  rebootMs: number | undefined
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
  as: 'env' | 'file'
}

/** What Nix builds: a flake installable, or an attribute of a file. */
export type PackageRef = { flake: string } | { file: string; attr: string | undefined }

export type Listen =
  | { mode: 'fixed'; port: number }
  | { mode: 'port' }
  | { mode: 'unix' }
  | { mode: 'socket' }

export interface Health {
  path: string
  status: number[] | undefined
  timeoutMs: number
  intervalMs: number
  attemptMs: number
  successes: number
  settleMs: number
}

export type Directive = string | number | boolean | string[] | null

/** A command around a switch. */
export interface HookConfig {
  run: string[]
  timeoutMs: number
  irreversible: boolean
}

/** A worker or a timer's job. */
export interface ProcessConfig {
  name: string
  run: string[]
  env: Record<string, string>
  unit: Record<string, Directive>
  /** Only timers have one: systemd.time(7). */
  calendar: string | undefined
}

interface Common {
  name: string
  package: PackageRef
  hosts: string[]
  routes: Route[]
  keep: number
}

export interface AppConfig extends Common {
  kind: 'service'
  run: string[] | undefined
  listen: Listen | undefined
  health: Health
  /** How long the host watches its health after the confirmation; 0: not at all. */
  watchMs: number
  /** How long requests under way may go on after a switch. */
  drainMs: number
  before: HookConfig[]
  after: HookConfig[]
  env: Record<string, string>
  secrets: SecretConfig[]
  state: boolean
  assets: string[]
  processes: ProcessConfig[]
  timers: ProcessConfig[]
  unit: Record<string, Directive>
}

export interface SiteConfig extends Common {
  kind: 'site'
  dir: string
  notFound: string
}

export type ServiceConfig = AppConfig | SiteConfig

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
