import type { Holder } from './failure.js'

/** What `host/bootstrap.sh` finds: what a host is, whether or not it has an agent. */
export interface BootstrapFacts {
  name: string
  os: string
  osVersion: string
  /** `uname -m`. */
  machine: string
  nixos: boolean
  /** Whether the login is, or became, root; and whether by the words of the config's `become`. */
  root: boolean
  became: boolean
  /** 0 where it isn't running. */
  systemd: number
  /** The folders where systemd looks for units. */
  unitPath: readonly string[]
  /** Whether units may be written to /etc/systemd/system: NixOS keeps it read-only. */
  unitsWritable: boolean
  /** Where programs are, by name: of those that were looked for, the ones that were found. */
  programs: Readonly<Record<string, string>>
  /** Nix's version; null where it isn't installed. */
  nix: string | null
  nixFeatures: string
  nginx: {
    /** null where it isn't installed. */
    version: string | null
    running: boolean
    /** Whether it starts at boot. */
    enabled: boolean
    valid: boolean
    error: string | null
    /** Whether its config includes ours. */
    includes: boolean
    /** Domains whose foreign server blocks include our locations. */
    domains: readonly string[]
    /** Whether the file that would include ours is there. */
    confD: boolean
  }
  agent: {
    /** The hash of its bundle; null where there is none. */
    bundle: string | null
    /** What the bundle says of its version; null where it doesn't run. */
    version: string | null
    /** The store path of its Node; null for none. */
    node: string | null
    /** What that says of its version; null where it doesn't run. */
    nodeVersion: string | null
    /** Whether a root of Nix's collector keeps it. */
    rooted: boolean
    /** The file of its unit; null for none. */
    unit: string | null
    /** Whether systemd says that it runs. */
    active: boolean
  }
  /** The shell program of slipway 0.1: whether it is there, what it has not ended, and who works with it. */
  legacy: { installed: boolean; unfinished: readonly string[]; lock: Holder | null }
  /** Whether our folders are there, and what nginx includes. */
  prepared: boolean
  /** The deploy user; null for none. */
  deployUser: string | null
  /** Whether the host has the user that was asked about. */
  askedUser: boolean
  /** Whether only members of a group may talk to Nix's daemon, as on Debian. */
  nixUsers: boolean
  freeStoreKb: number
  freeVarKb: number
  /** Seconds since 1970, by the host's clock. */
  time: number
}
