import type { Manifest } from '../release/manifest.js'

/** What `slipway-host report` prints. */
export interface Report {
  protocol: number
  host: HostFacts
  lock: LockHolder | null
  services: ServiceReport[]
  /** What there is of services' secrets, but no value. */
  secrets: SecretsReport[]
  /** The systems that were asked about. */
  systems: SystemReport[]
  /** Of each domain nginx ends TLS for. */
  certificates: CertificateReport[]
  /** TCP ports somebody listens on. */
  ports: number[]
}

/** What a host is and has. */
export interface HostFacts {
  name: string
  os: string
  osVersion: string
  /** `uname -m`. */
  machine: string
  systemd: number
  /** Nix's version; null where it isn't installed. */
  nix: string | null
  /** The full path of `nix-store`. */
  nixStore: string | null
  nixFeatures: string
  nginx: string | null
  nginxRunning: boolean
  nginxValid: boolean
  nginxError: string | null
  /** Whether nginx's config includes ours. */
  nginxIncludes: boolean
  /** Domains whose foreign server blocks include our locations. */
  nginxDomains: string[]
  nginxGroup: string
  curl: boolean
  /** Whether its systemd can encrypt what it keeps (systemd-creds(1), since systemd 250). */
  encrypts: boolean
  openssl: boolean
  lego: boolean
  unitDir: string
  /** Whether systemd looks for units there. */
  unitDirUsed: boolean
  /** Whether `slipway setup` has been here. */
  prepared: boolean
  /** Whether the program runs as root. */
  root: boolean
  /** Whether it is so by the words of the config's `become`. */
  became: boolean
  /** The key for one service that the login used; null for full access. */
  key: { service: string; name: string } | null
  freeStoreKb: number
  freeVarKb: number
  /** Seconds since 1970 by the host's clock. */
  time: number
}

/** What a host has of a service's secrets. */
export interface SecretsReport {
  service: string
  /** What versions are made with; null where it wasn't asked for. Never printed. */
  key: string | null
  /** The versions of each, by name. */
  versions: Record<string, string[]>
  /** The version of each that the host alone keeps, by name. */
  kept: Record<string, string>
}

/** Who holds a host's lock. */
export interface LockHolder {
  id: string
  who: string
  what: string
  /** Seconds since 1970. */
  since: number
}

export interface ReleaseReport {
  number: number
  /** When it first became good, in seconds since 1970; null if it never did. */
  good: number | null
  commit: string | null
}

export interface UnitReport {
  name: string
  active: string
  sub: string
  restarts: number
  since: number | null
}

/** A generation of a Nix profile. */
export interface GenerationReport {
  number: number
  path: string
  /** When it was made, in seconds since 1970. */
  at: number
  /** Whether its last activation by slipway went well; also true where there was none. */
  good: boolean
}

/** What is known of a system's profile. */
export interface SystemReport {
  name: string
  profile: string
  /** The generation it is at; null for none. */
  generation: number | null
  path: string | null
  /** The NixOS system that runs; null for other profiles. */
  running: string | null
  /** Whether the kernel that runs is another than that of the running system. */
  needsReboot: boolean
  generations: GenerationReport[]
  activating: boolean
}

/** The certificate of a domain, or what stands in its way. */
export interface CertificateReport {
  domain: string
  from: 'acme' | 'local' | 'files'
  /** The ACME server it is, or would be, from. */
  server: string | null
  issuer: string | null
  /** Seconds since 1970; null where there is none. */
  notBefore: number | null
  notAfter: number | null
  /** Whether it is the one that is wanted: there may be one from somewhere else. */
  matches: boolean
  /** Whether its issuer has revoked it. */
  revoked: boolean
  /** Why the last attempt to get one failed; null if it did not. */
  problem: string | null
  kind: 'dns' | 'clock' | 'file' | 'tool' | 'unreachable' | 'rate-limit' | 'challenge' | 'other' | null
  /** Failed attempts in a row. */
  failures: number
  /** When the ACME server may be asked again, in seconds since 1970; null: at the next hourly look. */
  next: number | null
}

export interface ServiceReport {
  name: string
  current: number | null
  releases: ReleaseReport[]
  manifest: Manifest | null
  /** Lines `BYTES PATH`. */
  closure: string
  /** The release that gets a share of the requests until it is promoted or withdrawn. */
  canary: { release: number; percent: number } | null
  /** Whether it is closed for maintenance. */
  maintenance: boolean
  /** The release an activation under way, or cut off, leads to. */
  activating: string | null
  units: UnitReport[]
  /** What its health check answers right now; null where it wasn't asked or doesn't listen. */
  probe: { code: number; healthy: boolean } | null
}
