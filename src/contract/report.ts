import * as z from 'zod/mini'
import { holderSchema } from './failure.js'
import { keyRightsSchema } from './key.js'
import { closurePathSchema, manifestSchema } from './release.js'

const nullableText = z.nullable(z.string())
/** Seconds since 1970. */
const seconds = z.number()

/** Programs that a host needs for some services only. */
export const HOST_PROGRAMS = ['openssl', 'lego', 'ip', 'nft', 'pasta'] as const
export type HostProgram = (typeof HOST_PROGRAMS)[number]

/** What a host is and has. */
export const hostFactsSchema = z.object({
  name: z.string(),
  os: z.string(),
  osVersion: z.string(),
  /** `uname -m`. */
  machine: z.string(),
  /** 0 where it isn't running. */
  systemd: z.number(),
  /** Nix's version; null where it isn't installed. */
  nix: nullableText,
  /** The full path of `nix-store`. */
  nixStore: nullableText,
  nixFeatures: z.string(),
  nginx: nullableText,
  nginxRunning: z.boolean(),
  nginxValid: z.boolean(),
  nginxError: nullableText,
  /** Whether nginx's config includes ours. */
  nginxIncludes: z.boolean(),
  /** Domains whose foreign server blocks include our locations. */
  nginxDomains: z.array(z.string()),
  nginxGroup: z.string(),
  /** The file of somebody else's server that answers on port 80 where no name fits; absent: none is marked as that. */
  nginxDefault: z.optional(z.string()),
  /** Whether its systemd can encrypt what it keeps (systemd-creds(1), since systemd 250). */
  encrypts: z.boolean(),
  openssl: z.boolean(),
  lego: z.boolean(),
  /** What networks of their own take; absent: the agent is too old to say. */
  ip: z.optional(z.boolean()),
  nft: z.optional(z.boolean()),
  pasta: z.optional(z.boolean()),
  unitDir: z.string(),
  /** Whether systemd looks for units there. */
  unitDirUsed: z.boolean(),
  /** Whether `slipway setup` has been here. */
  prepared: z.boolean(),
  /** The agent: null where there is none. */
  agent: z.nullable(
    z.object({
      version: z.string(),
      /** The hash of its bundle. */
      bundle: z.string(),
      node: z.string(),
      /** Whether a root of Nix's collector keeps its Node. */
      rooted: z.boolean(),
    }),
  ),
  /** Whether services of the shell program of 0.1 are there. */
  legacy: z.boolean(),
  /** Whether the login is, or became, root. */
  root: z.boolean(),
  /** Whether it is so by the words of the config's `become`. */
  became: z.boolean(),
  /** The key that the login used, with what it may do; null for full access. */
  key: z.nullable(keyRightsSchema),
  freeStoreKb: z.number(),
  freeVarKb: z.number(),
  /** By the host's clock. */
  time: seconds,
})
export type HostFacts = z.infer<typeof hostFactsSchema>

/** What a host has of a service's secrets. */
export const secretsReportSchema = z.object({
  service: z.string(),
  /** What versions are made with; null where it wasn't asked for. Never printed. */
  key: nullableText,
  /** The versions of each, by name. */
  versions: z.record(z.string(), z.array(z.string())),
  /** The version of each that the host alone keeps, by name. */
  kept: z.record(z.string(), z.string()),
})
export type SecretsReport = z.infer<typeof secretsReportSchema>

export const releaseReportSchema = z.object({
  number: z.number(),
  /** When it first became good; null if it never did. */
  good: z.nullable(seconds),
  commit: nullableText,
  /** Whether nothing of it can change who gets in to the host. */
  unprivileged: z.boolean(),
})
export type ReleaseReport = z.infer<typeof releaseReportSchema>

export const unitReportSchema = z.object({
  name: z.string(),
  active: z.string(),
  sub: z.string(),
  restarts: z.number(),
  since: z.nullable(seconds),
})

/** A generation of a Nix profile. */
export const generationReportSchema = z.object({
  number: z.number(),
  path: z.string(),
  /** When it was made. */
  at: seconds,
  /** Whether its last activation by slipway went well; also true where there was none. */
  good: z.boolean(),
})
export type GenerationReport = z.infer<typeof generationReportSchema>

/** What is known of a system's profile. */
export const systemReportSchema = z.object({
  name: z.string(),
  profile: z.string(),
  /** The generation it is at; null for none. */
  generation: z.nullable(z.number()),
  path: nullableText,
  /** The NixOS system that runs; null for other profiles. */
  running: nullableText,
  /** Whether the kernel that runs is another than that of the running system. */
  needsReboot: z.boolean(),
  generations: z.array(generationReportSchema),
  activating: z.boolean(),
})
export type SystemReport = z.infer<typeof systemReportSchema>

/** The certificate of a domain, or what stands in its way. */
export const certificateReportSchema = z.object({
  domain: z.string(),
  from: z.enum(['acme', 'local', 'files']),
  /** The ACME server it is, or would be, from. */
  server: nullableText,
  issuer: nullableText,
  /** null where there is none. */
  notBefore: z.nullable(seconds),
  notAfter: z.nullable(seconds),
  /** Whether it is the one that is wanted: there may be one from somewhere else. */
  matches: z.boolean(),
  /** Whether its issuer has revoked it. */
  revoked: z.boolean(),
  /** Why the last attempt to get one failed; null if it did not. */
  problem: nullableText,
  kind: z.nullable(
    z.enum(['dns', 'clock', 'file', 'tool', 'unreachable', 'rate-limit', 'challenge', 'other']),
  ),
  /** Failed attempts in a row. */
  failures: z.number(),
  /** When the ACME server may be asked again; null: at the next hourly look. */
  next: z.nullable(seconds),
})
export type CertificateReport = z.infer<typeof certificateReportSchema>

export const serviceReportSchema = z.object({
  name: z.string(),
  current: z.nullable(z.number()),
  releases: z.array(releaseReportSchema),
  /** Of the release that serves; null for none, or one that the shell program of 0.1 made. */
  manifest: z.nullable(manifestSchema),
  closure: z.array(closurePathSchema),
  /** The release that gets a share of the requests until it is promoted or withdrawn. */
  canary: z.nullable(z.object({ release: z.number(), percent: z.number() })),
  /** Whether it is closed for maintenance. */
  maintenance: z.boolean(),
  /** The release an activation under way, or cut off, leads to. */
  activating: z.nullable(z.number()),
  units: z.array(unitReportSchema),
  /** Why its release can't be read; absent: it can. */
  problem: z.optional(z.string()),
  /** Where its programs listen that can be reached past nginx: `*:3000`; absent: an older agent does not tell. */
  exposed: z.optional(z.array(z.string())),
  /** What its health check answers right now; null where it wasn't asked or doesn't listen. */
  /** `problem`: why it did not answer, or not well. */
  probe: z.nullable(z.object({ code: z.number(), healthy: z.boolean(), problem: z.optional(z.string()) })),
})
export type ServiceReport = z.infer<typeof serviceReportSchema>

/** What a host has of a service's name that slipway did not make. */
export const foreignReportSchema = z.object({
  service: z.string(),
  /** Whether there is a user of that name. */
  user: z.boolean(),
  /** What lies where its state directory would: who has it, by name or number, and its mode, octal; null for nothing. */
  state: z.nullable(z.object({ owner: z.string(), mode: z.string() })),
})
export type ForeignReport = z.infer<typeof foreignReportSchema>

/** Who listens on a port that a service is to have, and is no part of it. */
export const portHolderSchema = z.object({
  service: z.string(),
  port: z.number(),
  /** As `perl (process 12)`. */
  by: z.string(),
})
export type PortHolder = z.infer<typeof portHolderSchema>

/** What a host says of itself. */
export const reportSchema = z.object({
  host: hostFactsSchema,
  /** Who works on it. */
  lock: z.nullable(holderSchema),
  services: z.array(serviceReportSchema),
  /** What there is of services' secrets, but no value. */
  secrets: z.array(secretsReportSchema),
  /** The systems that were asked about. */
  systems: z.array(systemReportSchema),
  /** Of each domain nginx ends TLS for. */
  certificates: z.array(certificateReportSchema),
  /** Of the names that were asked about; absent: an older agent does not tell. */
  foreign: z.optional(z.array(foreignReportSchema)),
  /** Of the ports that were asked about; absent: an older agent does not tell. */
  portHolders: z.optional(z.array(portHolderSchema)),
  /** TCP ports that somebody listens on, or that another service keeps. */
  ports: z.array(z.number()),
})
export type Report = z.infer<typeof reportSchema>
