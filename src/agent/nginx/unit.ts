import * as z from 'zod/mini'
import type { Agent } from '../agent.js'

export const NGINX_UNIT = 'nginx.service'

/** nginx as its unit starts it. */
export interface NginxUnit {
  program: string
  /** With which another call of it reads the same configuration: NixOS names a file. */
  options: string[]
  active: boolean
  /** 0 where it doesn't run. */
  mainPid: number
  /** Whom the unit runs as; empty for root, who leaves it to nginx's configuration. */
  user: string
  group: string
}

/** `ExecStart`: each command's program, words, and what is not of interest here. */
const execSchema = z.array(z.tuple([z.string(), z.array(z.string())], z.unknown()))
const ROOT = new Set(['root', '0'])

/** Asks systemd how nginx is started. A host may have none: then the program is the one on the path. */
export async function nginxUnit({ systemd }: Agent): Promise<NginxUnit> {
  const state = await systemd.unit(NGINX_UNIT)
  const running = { active: state.active === 'active', mainPid: state.mainPid }
  if (state.load !== 'loaded') return { program: 'nginx', options: [], ...running, user: '', group: '' }
  const [exec, user, group] = await Promise.all(
    ['ExecStart', 'User', 'Group'].map((name) => systemd.property(NGINX_UNIT, 'Service', name)),
  )
  const [path, words] = execSchema.parse(exec)[0] ?? ['', []]
  const asRoot = ROOT.has(z.string().parse(user))
  return {
    program: path.endsWith('/nginx') ? path : 'nginx',
    options: configurationOptions(words),
    ...running,
    user: asRoot ? '' : z.string().parse(user),
    group: asRoot ? '' : z.string().parse(group),
  }
}

/** The options of a command line that say which configuration is read: `-c FILE`, `-p PREFIX`. */
export function configurationOptions(words: readonly string[]): string[] {
  return words.flatMap((word, index) => {
    const [, option, value] = /^(-[cp])(.*)$/.exec(word) ?? []
    if (option === undefined) return []
    const given = value || words[index + 1]
    return given === undefined ? [] : [option, given]
  })
}
