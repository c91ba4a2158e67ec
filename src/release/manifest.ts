import type { ServiceConfig } from '../config/resolved.js'
import type { SecretUses } from './credentials.js'

/** The form of `release.json`; hosts may hold releases of older forms. */
export const MANIFEST_FORMAT = 1

/** Where the source of a release stood in git. */
export interface Commit {
  id: string
  /** Whether tracked files had changes that were not committed. */
  dirty: boolean
}

/** A path of a package's closure and its own size (Nix's `narSize`). */
export interface ClosurePath {
  path: string
  bytes: number
}

/** `release.json`: all that makes a release, in the words people and `plan` use. */
export interface Manifest {
  format: typeof MANIFEST_FORMAT
  service: string
  kind: ServiceConfig['kind']
  package: string
  commit: Commit | null
  /** Who made it, as `user@machine`. */
  by: string
  env: Record<string, string>
  /** Which versions of its secrets it refers to; absent without any. */
  secrets?: SecretUses
  /** A digest of the shipped files; null without any. */
  assets: string | null
  /** The ports slipway picked for `listen: 'port'`, one for each slot. */
  ports: number[] | null
  routes: string[]
  /** Unit files, by name. */
  units: Record<string, string>
  /** What the host's program is told, `key=value` lines: health, how many releases stay. */
  spec: string
  /** nginx snippets, by their path in nginx's folder of the release. */
  nginx: Record<string, string>
}
