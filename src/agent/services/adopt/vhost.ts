import { join } from 'node:path'
import type { Adopts } from '../../../contract/activation.js'
import { locationsDir } from '../../../contract/paths.js'
import { ItemProblem } from '../../activation/item.js'
import type { Agent } from '../../agent.js'
import { readText, realPath } from '../../files.js'
import { type Directive, digestOf, NginxSyntaxError, parseNginx } from '../../nginx/syntax.js'
import { keepCopy, putBack } from './aside.js'

type Taken = Pick<Adopts, 'directives' | 'servers'>

function nginxFolder(folder: string): string {
  return join(folder, 'nginx')
}

/**
 * The files of somebody else's server blocks as they are to be: by real path, since nginx may read them by a link.
 * @throws ItemProblem where one is not as it was when it was looked at.
 */
export async function editedFiles({ directives, servers = [] }: Taken): Promise<Map<string, string>> {
  const edited = new Map<string, string>()
  for (const file of new Set([...directives, ...servers].map((one) => one.file))) {
    const path = await realPath(file)
    const text = path === undefined ? undefined : (edited.get(path) ?? (await readText(path)))
    if (path === undefined || text === undefined) throw new ItemProblem(`there is no ${file} any more`)
    const ofFile = <T extends { file: string }>(all: readonly T[]) => all.filter((one) => one.file === file)
    edited.set(path, handedOver(text, { directives: ofFile(directives), servers: ofFile(servers) }, file))
  }
  return edited
}

/** Edits the files, for nginx to read next time. */
export async function editVhosts(agent: Agent, folder: string, taken: Taken): Promise<void> {
  for (const [path, text] of await editedFiles(taken)) {
    await keepCopy(agent, nginxFolder(folder), path)
    await agent.files.rewrite(path, text)
  }
}

/** Puts the files back as they were. */
export function restoreVhosts(agent: Agent, folder: string): Promise<void> {
  return putBack(agent, nginxFolder(folder))
}

/**
 * A file without the server blocks that are taken, and in others our locations included, once for each, where they had
 * directives of their own. Pure.
 * @throws ItemProblem where one is not there.
 */
export function handedOver(text: string, { directives, servers = [] }: Taken, file: string): string {
  const cuts = new Map<Directive, string>()
  for (const block of serversIn(text, file)) {
    if (servers.some(({ line, digest }) => line === block.line && digest === digestOf(text, block))) {
      cuts.set(block, '')
      continue
    }
    let included = false
    for (const one of block.block ?? []) {
      const found = directives.find(({ line, text: wanted }) => line === one.line && wanted === textOf(one))
      if (found === undefined) continue
      cuts.set(one, included ? '' : `include ${locationsDir(found.domain)}/*.conf;`)
      included = true
    }
  }
  const lines = new Set([...cuts.keys()].map(({ line }) => line))
  const missing = [...directives, ...servers.map((one) => ({ ...one, text: 'server' }))].find(
    ({ line }) => !lines.has(line),
  )
  if (missing !== undefined) {
    throw new ItemProblem(
      `${file}:${missing.line} is no longer \`${missing.text}\` as it was looked at: somebody has changed it`,
    )
  }
  // From the end, so that places before it stay.
  return [...cuts]
    .sort(([one], [other]) => other.start - one.start)
    .reduce((rest, [{ start, end }, include]) => rest.slice(0, start) + include + rest.slice(end), text)
}

function serversIn(text: string, file: string): Directive[] {
  const servers = (directives: readonly Directive[]): Directive[] =>
    directives.flatMap((one) =>
      one.name === 'server' ? [one] : one.name === 'http' ? servers(one.block ?? []) : [],
    )
  try {
    return servers(parseNginx(text))
  } catch (error) {
    if (error instanceof NginxSyntaxError) throw new ItemProblem(`${file} can't be read: ${error.message}`)
    throw error
  }
}

/** A directive's name and arguments, as a survey has them. */
export function textOf({ name, args }: Pick<Directive, 'name' | 'args'>): string {
  return [name, ...args].join(' ')
}
