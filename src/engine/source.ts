import { basename, relative } from 'node:path'
import { HOST_ROOT } from '../contract/paths.js'
import { SlipwayError } from '../errors.js'
import { collectFiles } from '../nix/files.js'
import { gitTop } from '../nix/git.js'
import { rootScript } from '../remote/become.js'
import type { Connection } from '../remote/connection.js'
import { runAsRoot } from '../remote/password.js'
import { shellQuote } from '../shell-quote.js'

/** A source tree on a host, for building there. */
export interface RemoteSource {
  /** The config's folder there. */
  folder: string
  overrides: Record<string, string>
  remove(): Promise<void>
}

/** Sends what git tracks (all files outside git), and overriding folders, to be built on the host. */
export async function sendSource(
  login: Connection,
  id: string,
  root: string,
  overrides: Record<string, string>,
): Promise<RemoteSource> {
  const top = (await gitTop(root)) ?? root
  const remote = `${HOST_ROOT}/build/${id}`
  const { createArchive } = await import('../nix/archive.js')
  const archive = createArchive()
  for (const file of await collectFiles(top, ['.'])) {
    archive.add(`source/${file.path}`, file.content, file.executable)
  }
  const sent: Record<string, string> = {}
  for (const [name, ref] of Object.entries(overrides)) {
    if (!ref.startsWith('path:/')) {
      sent[name] = ref
      continue
    }
    sent[name] = `path:${remote}/inputs/${name}`
    for (const file of await collectFiles(ref.slice('path:'.length), ['.'])) {
      archive.add(`inputs/${name}/${file.path}`, file.content, file.executable)
    }
  }
  const asRoot = (script: string) => (become: readonly string[]) =>
    rootScript({ become }, `exec "$@" sh -c ${shellQuote(script)}`)
  const result = await runAsRoot(
    login,
    asRoot(`mkdir -p ${remote} && tar -x -f - -C ${remote} --no-same-owner`),
    {
      input: await archive.finish(),
    },
  )
  if (result.exitCode !== 0) {
    throw new SlipwayError({
      what: `the source of ${basename(root)} could not be sent to ${login.host}`,
      why: result.stderr.trim(),
      still: 'What served before serves still.',
    })
  }
  const below = relative(top, root)
  return {
    folder: below === '' ? `${remote}/source` : `${remote}/source/${below}`,
    overrides: sent,
    remove: async () => {
      await runAsRoot(login, asRoot(`rm -rf ${remote}`))
    },
  }
}
