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

/**
 * Names that are given away already: a service's user, its unit or its `/var/lib/NAME` would be somebody else's. They are
 * the users and groups of Debian's base-passwd and of systemd, what a Debian or NixOS has in /var/lib and among its
 * units, and what services commonly have beside them: databases, queues, container engines, web and mail servers. Not
 * applications: those people may deploy, and where a host has one already, the host itself is asked.
 */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(
  [
    // Users and groups.
    'root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc nobody nogroup messagebus',
    'adm tty disk kmem dialout fax voice cdrom floppy tape sudo audio dip operator src shadow utmp video sasl plugdev',
    'staff users input kvm render sgx wheel lock user polkitd avahi rtkit sssd tss',
    // /var/lib of a system itself.
    'apt dpkg dbus git misc pam private ucf usbutils logrotate systemd urandom vim python snapd nixos machines portables',
    'grub cloud udisks2 upower bluetooth fwupd dhcp dhcpcd nfs rpcbind',
    // Units of a system itself.
    'cron atd getty rsyslog syslog auditd udev acpid irqbalance emergency rescue reboot poweroff halt network networking',
    'networkd firewalld nftables iptables ufw fail2ban cloud-init ssh sshd chrony chronyd ntp ntpd resolvconf lvm2 mdadm zfs',
    // What slipway works with.
    'slipway nginx nix nix-daemon nixbld nix-users postgres postgresql pgbackrest tor',
    // What services have beside them.
    'docker containerd podman kubelet k3s lxc lxd incus libvirt qemu mysql mysqld mariadb redis valkey memcached mongodb',
    'mongod cassandra elasticsearch rabbitmq apache2 httpd caddy haproxy traefik varnish squid lighttpd php-fpm unbound',
    'bind named dnsmasq postfix exim exim4 dovecot opendkim samba smbd vsftpd proftpd openvpn wireguard tailscale',
  ].flatMap((line) => line.split(' ')),
)

/** How names begin that belong to slipway, systemd or Nix as a whole. */
const RESERVED_PREFIX = /^(slipway-|systemd-|dbus-|nixbld\d)/

/** Whether a name is somebody else's on nearly every host. */
function isReserved(name: string): boolean {
  return RESERVED_NAMES.has(name) || RESERVED_PREFIX.test(name)
}

/** Why a name can't be a service's, or undefined where it can. */
export function serviceNameProblem(name: string): string | undefined {
  if (isReserved(name)) return `"${name}" is a system's user, unit or state directory already`
  if (SERVICE_NAME_PATTERN.test(name)) return undefined
  return `"${name}" can't be a unit and user name: 1 to 31 of a-z, 0-9 and "-", starting with a letter, not ending with "-"`
}

/** Characters that a user's name may have: sysusers.d(5). */
const LONGEST = 31

/** The nearest name a service could have: what the error suggests. */
export function suggestServiceName(name: string): string {
  const plain = slug(name).slice(0, LONGEST).replace(/-+$/, '')
  if (plain === '') return 'my-app'
  if (!isReserved(plain)) return plain
  const after = `${plain}-app`
  return isReserved(after) ? `my-${plain}`.slice(0, LONGEST).replace(/-+$/, '') : after
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
