import { hostname } from 'node:os'
import { resolve } from 'node:path'
import type { Config } from '../config/resolved.js'
import { firstCommit, pathInRepository, remoteUrl } from '../nix/git.js'
import type { Project } from '../plan/project.js'

/** How much of a commit's id names a project: enough that no two of a host's are the same. */
const COMMIT_LENGTH = 12
/** What a config lets a project be called, in characters; the end of a long path tells most. */
const NAME_LENGTH = 128

/**
 * The project of a config. Where it does not say, it is what stays the same on all machines, also in a shallow clone:
 * the repository that `origin` is, and the config's folder in it. Each environment is a project of its own, so that none
 * replaces what is another's.
 */
export async function projectOf(config: Pick<Config, 'project' | 'root' | 'environment'>): Promise<Project> {
  const whole = await wholeProject(config)
  if (config.environment === undefined) return whole
  const { name, from } = whole
  return { name: named(`${name}:${config.environment}`, ''), from, base: name }
}

async function wholeProject({ project, root }: Pick<Config, 'project' | 'root'>): Promise<Project> {
  if (project !== undefined) return { name: project, from: 'config' }
  const [remote, below] = await Promise.all([remoteUrl(root), pathInRepository(root)])
  const repository = remote === undefined ? undefined : repositoryName(remote)
  if (repository !== undefined) return { name: named(repository, below), from: 'remote' }
  const commit = await firstCommit(root)
  if (commit !== undefined) return { name: named(commit.slice(0, COMMIT_LENGTH), below), from: 'commit' }
  return { name: named(`${hostname()}:${root}`, ''), from: 'folder' }
}

/** `me/shop` of whichever URL, or path, leads there; without user, password and the name of the server. */
export function repositoryName(url: string): string | undefined {
  const path = url
    .replace(/[?#].*$/, '')
    .replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '')
    .replace(/^[^/]*:/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
  const parts = path.split('/').filter((part) => part !== '' && part !== '.' && part !== '..')
  return parts.length === 0 ? undefined : parts.slice(-2).join('/')
}

/** What a new config calls its project, for good: as its repository is called, else by its folder and that around it. */
export async function suggestedProject(folder: string): Promise<string> {
  const [remote, below] = await Promise.all([remoteUrl(folder), pathInRepository(folder)])
  const repository = remote === undefined ? undefined : repositoryName(remote)
  if (repository !== undefined) return named(repository, below)
  return named(repositoryName(resolve(folder)) ?? '', '')
}

/** As a config may write it. */
function named(whole: string, below: string | undefined): string {
  const name = below ? `${whole}/${below}` : whole
  const plain = name.replace(/[^A-Za-z0-9._/:@~+-]+/g, '-').slice(-NAME_LENGTH)
  return plain.replace(/^[^A-Za-z0-9]+/, '') || 'project'
}
