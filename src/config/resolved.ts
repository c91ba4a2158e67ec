import type { Route } from './route.js'

/** A config after validation: every default filled in, every duration in milliseconds. */
export interface Config {
  /** The folder of the config file; relative paths start here. */
  root: string
  hosts: Record<string, HostConfig>
  services: ServiceConfig[]
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
  env: Record<string, string>
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
