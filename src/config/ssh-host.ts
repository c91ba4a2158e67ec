/** A host as ssh(1) is asked for it. */
export interface SshHost {
  user?: string | undefined
  /** A name, or an address without brackets. */
  host: string
  port?: number | undefined
}

/**
 * Takes apart `[user@]host` and `ssh://[user@]host[:port]`, where IPv6 addresses may stand in brackets. ssh itself takes
 * brackets in neither, and Nix takes IPv6 in some of its versions only with them.
 */
export function parseSshHost(text: string): SshHost {
  const isUrl = text.startsWith('ssh://')
  const bare = isUrl ? text.slice('ssh://'.length).replace(/\/$/, '') : text
  // A user's name may hold an @ itself: ssh takes the last.
  const at = bare.lastIndexOf('@')
  const user = at < 0 ? undefined : bare.slice(0, at)
  const rest = bare.slice(at + 1)
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(rest)
  if (bracketed) return { user, host: bracketed[1] ?? '', port: numberOf(bracketed[2]) }
  const named = isUrl ? /^([^:]+):(\d+)$/.exec(rest) : null
  return named ? { user, host: named[1] ?? '', port: numberOf(named[2]) } : { user, host: rest }
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}
