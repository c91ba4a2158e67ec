import { SlipwayError } from '../errors.js'

/** What ssh prints, what it means and what helps. The first match counts. */
const CAUSES: { pattern: RegExp; what: (host: string) => string; next: (destination: string) => string }[] = [
  {
    pattern: /Could not resolve hostname|Name or service not known|No address associated/i,
    what: (host) => `there is no host ${host}`,
    next: () => 'Check the name in `hosts` of the config, ~/.ssh/config and DNS.',
  },
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED/i,
    what: (host) => `${host} shows another host key than the one known`,
    next: (destination) =>
      `If the server was reinstalled, remove the old key with ssh-keygen -R ${destination.replace(/^.*@/, '')}; otherwise do not connect: somebody may be in between.`,
  },
  {
    pattern: /Host key verification failed|No .* host key is known/i,
    what: (host) => `the host key of ${host} is not known`,
    next: (destination) => `Connect once by hand and compare the key: ssh ${destination}`,
  },
  {
    pattern: /Too many authentication failures/i,
    what: (host) => `${host} ended the login before the right key's turn`,
    next: () =>
      "ssh offers every key of its agent, and a server lets it try few. Name the one for this host in ~/.ssh/config (IdentityFile ~/.ssh/KEY, IdentitiesOnly yes), or in the config: options: ['-i', '~/.ssh/KEY', '-o', 'IdentitiesOnly=yes'].",
  },
  {
    pattern: /Permission denied \(/i,
    what: (host) => `${host} accepts none of your keys`,
    next: (destination) =>
      `Add your public key on the host (ssh-copy-id ${destination}), or load it with ssh-add.`,
  },
  {
    pattern: /Connection refused/i,
    what: (host) => `${host} refuses ssh connections`,
    next: () => 'Check that sshd runs there and which port it listens on.',
  },
  {
    pattern: /timed out|No route to host|Network is unreachable/i,
    what: (host) => `${host} can't be reached`,
    next: () => 'Check that it is up, its address, and the firewall or tunnel in between.',
  },
]

/** The error for a connection that did not come about, from what ssh printed. */
export function connectionError(host: string, destination: string, stderr: string): SlipwayError {
  const cause = CAUSES.find(({ pattern }) => pattern.test(stderr))
  const why = stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('@@@'))
    .slice(-3)
    .join('\n')
  return new SlipwayError({
    what: cause ? cause.what(host) : `no ssh connection to ${host}`,
    why: why || 'ssh ended without a message.',
    still: 'Nothing was changed there.',
    next: cause ? cause.next(destination) : `Try it by hand: ssh ${destination} true`,
  })
}
