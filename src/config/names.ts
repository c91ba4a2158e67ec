/**
 * A service's name becomes a unit, a system user, a directory and an nginx upstream, so the narrowest of
 * their rules counts: `useradd`'s and `sysusers.d(5)`'s (at most 31 characters).
 */
export const SERVICE_NAME_PATTERN = /^[a-z][a-z0-9-]{0,29}[a-z0-9]$|^[a-z]$/

/** What a host may be called. */
export const HOST_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

/** A system's name becomes a directory and a part of unit names, but no user: it may be longer. */
export const SYSTEM_NAME_PATTERN = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** What a key, and the user who deploys with it, may be called. */
export const KEY_NAME_PATTERN = /^[a-z0-9][a-z0-9-]{0,30}$/

/** Names that systemd, slipway or nearly every distribution has given away already. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(
  (
    'root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc nobody messagebus ' +
    'sshd ssh nginx nix nix-daemon nixbld dbus cron slipway postgres polkitd systemd-network systemd-journal'
  ).split(' '),
)

/** Why a name can't be a service's, or undefined where it can. */
export function serviceNameProblem(name: string): string | undefined {
  if (RESERVED_NAMES.has(name)) return `"${name}" is a system user or unit already`
  if (SERVICE_NAME_PATTERN.test(name)) return undefined
  return `"${name}" can't be a unit and user name: 1 to 31 of a-z, 0-9 and "-", starting with a letter, not ending with "-"`
}

/** The nearest name a service could have: what the error suggests. */
export function suggestServiceName(name: string): string {
  const plain = slug(name).slice(0, 31).replace(/-+$/, '')
  return RESERVED_NAMES.has(plain) || plain === '' ? `${plain || 'my'}-app` : plain
}

/** The nearest name a system could have. */
export function suggestSystemName(name: string): string {
  return slug(name).slice(0, 63).replace(/-+$/, '') || 'my-system'
}

/** What is left of a name in a-z, 0-9 and "-", from its first letter on. */
function slug(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
}
