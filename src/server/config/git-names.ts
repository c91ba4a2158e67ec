/** What git takes for a branch: git-check-ref-format(1), with one rule more: none begins with a dash. */
export function branchProblem(branch: string): string | undefined {
  const parts = branch.split('/')
  const wrong =
    branch === '' ||
    branch === '@' ||
    branch.startsWith('-') ||
    /[\0-\x20\x7f~^:?*[\\]|\.\.|@\{/.test(branch) ||
    parts.some((part) => part === '' || part.startsWith('.') || part.endsWith('.lock')) ||
    branch.endsWith('.')
  return wrong ? `expected the name of a branch, got ${JSON.stringify(branch)}` : undefined
}

/** Protocols that bring a repository and do nothing else; `ext::` would run a command. */
const PROTOCOLS = ['https:', 'http:', 'ssh:', 'git:', 'file:']

/** Why git is not asked for a repository of such a name; undefined where it is. */
export function repoProblem(repo: string): string | undefined {
  if (/[\0-\x20\x7f]/.test(repo) || repo.startsWith('-')) return 'expected the URL or path of a repository'
  if (repo.startsWith('/')) return undefined
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(repo)) {
    if (!URL.canParse(repo)) return 'expected a URL'
    const { protocol, password, hostname, username } = new URL(repo)
    if (!PROTOCOLS.includes(protocol)) return `expected one of ${PROTOCOLS.join(', ')}`
    if (password !== '') return "has a password: git's credential helper, or ssh, keeps it elsewhere"
    // To ssh, such a name would be an option.
    if (hostname.startsWith('-') || decodeURIComponent(username).startsWith('-'))
      return 'expected the name of a host'
    return undefined
  }
  if (/^[A-Za-z0-9_][\w.-]*@[A-Za-z0-9][\w.-]*:(?!:)[^-]/.test(repo)) return undefined
  return 'expected a URL, user@host:path, or an absolute path'
}
