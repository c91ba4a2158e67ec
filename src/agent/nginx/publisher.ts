import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { CallFailed, failed, failureText } from '../../contract/failure.js'
import type { NginxParts, NginxTree } from '../../release/nginx-tree.js'
import type { Agent } from '../agent.js'
import { coalesced } from '../coalesce.js'
import { exists, listFolder, readLink } from '../files.js'
import type { TestResult } from './test-tree.js'
import { readTree, sameTree, treeTarget, unwritten, writeTree } from './tree-files.js'

/** Puts the routes of all current releases in place. */
export interface Publisher {
  /**
   * Ends when nginx serves by them; touches nothing where they already are in place. `reload`: nginx reads everything
   * again all the same. Fails with what nginx says, and then what was in place before is.
   */
  publish(options?: { reload?: boolean }): Promise<void>
  /** Whether what is in place is not what is to be served: somebody else's configuration may have changed. */
  outdated(): Promise<boolean>
  /** Before something changes that nginx reads: from now on the next `publish` has it read, also after a crash. */
  markUnread(): Promise<void>
}

/** What a publisher works with. */
export interface PublisherParts {
  currentParts(): Promise<NginxParts>
  render(parts: NginxParts): Promise<NginxTree>
  /** Tests nginx's configuration with the tree in a folder; undefined: with the live one. */
  test(folder: string | undefined): Promise<TestResult>
  /** Ends when nginx has read its configuration. */
  reload(): Promise<void>
  /** Nobody else tests or changes the live tree meanwhile. */
  exclusively<T>(work: () => Promise<T>): Promise<T>
}

export function createPublisher(agent: Agent, parts: PublisherParts): Publisher {
  const { nginx, nginxTrees } = agent.places
  /** Exists while nginx may not have read what is in place. */
  const unread = join(nginxTrees, 'unread')
  const markUnread = async () => {
    await agent.files.makeFolder(nginxTrees)
    await agent.files.touch(unread)
  }

  const check = async (folder: string | undefined) => {
    const result = await parts.test(folder)
    if (result.kind === 'complaint')
      throw failed('nginx refuses its configuration', { why: result.complaint })
  }

  const outdated = async () =>
    !sameTree(await readTree(nginx), await parts.render(await parts.currentParts()))

  const run = async (reload: boolean): Promise<void> => {
    const tree = await parts.render(await parts.currentParts())
    const live = { folder: nginx, texts: await readTree(nginx) }
    const same = sameTree(live.texts, tree)
    if (same && !reload && !(await exists(unread))) return
    if (same) {
      await check(undefined)
      await markUnread()
      await parts.reload()
    } else {
      await replace(tree, live)
    }
    await agent.files.remove(unread)
    await removeOldTrees()
  }

  const replace = async (tree: NginxTree, live: { folder: string; texts: NginxTree }) => {
    const name = `tree.${randomBytes(6).toString('hex')}`
    const folder = join(nginxTrees, name)
    const old = await readLink(nginx)
    try {
      await writeTree(agent, folder, tree, { like: live, durable: true })
      await check(folder)
      await markUnread()
      await agent.files.link(treeTarget(name), nginx)
    } catch (error) {
      // A link can have been moved before it failed to get to the disk.
      if ((await readLink(nginx)) === treeTarget(name)) throw await putBack(error, old, folder)
      await agent.files.remove(folder)
      throw error
    }
    try {
      await parts.reload()
    } catch (error) {
      throw await putBack(error, old, folder)
    }
  }

  /** nginx didn't read the new tree: the old one is linked again, and nginx told. */
  const putBack = async (error: unknown, old: string | undefined, folder: string): Promise<Error> => {
    const why = error instanceof CallFailed ? failureText(error.failure) : String(error)
    try {
      if (old === undefined) await agent.files.remove(nginx)
      else await agent.files.link(old, nginx)
    } catch (more) {
      return failed('nginx did not take the new routes, and the old ones could not be put back', {
        why: `${why}; ${String(more)}`,
      })
    }
    await agent.files.remove(folder)
    try {
      await parts.reload()
      await agent.files.remove(unread)
    } catch (more) {
      agent.log.warning(`nginx was not reloaded with the routes that were put back: ${String(more)}`)
    }
    return failed('nginx did not take the new routes, so the old ones were put back', { why })
  }

  const removeOldTrees = async () => {
    const live = await readLink(nginx)
    for (const name of await listFolder(nginxTrees)) {
      if (name !== 'unread' && treeTarget(name) !== live) await agent.files.remove(join(nginxTrees, name))
    }
  }

  const published = coalesced<boolean, void>((asks) =>
    parts.exclusively(async () => {
      try {
        await run(asks.includes(true))
      } catch (error) {
        throw error instanceof CallFailed
          ? error
          : unwritten("nginx's routes could not be put in place", error)
      }
    }),
  )
  return { publish: ({ reload = false } = {}) => published(reload), outdated, markUnread }
}
