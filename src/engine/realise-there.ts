import type { HostConfig } from '../config/resolved.js'
import type { HostFacts } from '../contract/report.js'
import type { Result } from '../contract/verbs.js'
import { SlipwayError } from '../errors.js'
import { createLineReader } from '../line-reader.js'
import { realise } from '../nix/nix-command.js'
import { localNix } from '../nix/nix-runner.js'
import { recordBuild } from '../nix/realise.js'
import type { Login } from '../remote/login.js'
import { timedNix } from './debug.js'
import type { Engine } from './engine.js'
import { call } from './host-error.js'
import { asError } from './result.js'
import { copyPaths } from './ship.js'

/** A service's package, and what it is made from. */
export interface Realisable {
  service: string
  package: string
  /** null: it is named by its content. */
  derivation: string | null
}

/** How often something is sent once more: the host's collector may have taken it away before it was of use. */
const TRIES = 2

/**
 * Has a host get a package by itself: whoever may deploy one service brings no packages to the host's store. It sends
 * what the package is made from, as far as the host wants it, and tells what the host builds.
 * @throws SlipwayError where the host can't, or does not want to.
 */
export async function realiseThere(
  engine: Engine,
  login: Login,
  facts: Pick<HostFacts, 'nixStore' | 'became'>,
  wanted: Realisable,
  host: Pick<HostConfig, 'become' | 'substitutes'>,
): Promise<void> {
  const sent = new Map<string, number>()
  for (;;) {
    const found = await call(login, 'realise', { ...wanted, mayWork: true })
    if (found.state === 'there') return
    if (found.state === 'working') return follow(engine, login, wanted, found.stream)
    const paths = found.state === 'needs' ? await sendable(engine, found) : []
    for (const path of paths) sent.set(path, (sent.get(path) ?? 0) + 1)
    if (paths.length === 0 || Math.max(...paths.map((path) => sent.get(path) ?? 0)) > TRIES) {
      throw new SlipwayError({
        what: `${login.host} has no use for what ${wanted.service}'s package is made from`,
        why: `It asks for ${paths[0] ?? wanted.package} again and again.`,
        still: 'What served before serves still.',
        next: `\`slipway doctor ${login.host}\` checks everything a deploy needs.`,
      })
    }
    await copyPaths(engine, login, facts, paths, host)
  }
}

/** The store paths that a host wants: those whose content is known are fetched here first. */
async function sendable(
  engine: Engine,
  { paths, outputs }: Extract<Result<'realise'>, { state: 'needs' }>,
): Promise<string[]> {
  if (outputs.length === 0) return paths
  const nix = timedNix(engine, localNix('/'))
  const { exitCode, stdout, record } = await recordBuild(
    (onLine) => nix.run(realise(outputs), onLine),
    (event) => engine.tell({ type: 'build', event }),
  )
  if (exitCode !== 0) throw record.error(nix.where)
  return [...paths, ...stdout.split('\n').filter((line) => line.startsWith('/'))]
}

/** Tells what the host fetches and builds, to its end. */
async function follow(engine: Engine, login: Login, wanted: Realisable, stream: number): Promise<void> {
  engine.tell({ type: 'host-builds', host: login.host, service: wanted.service })
  const { record } = await recordBuild(
    async (onLine) => {
      const reader = createLineReader(onLine)
      try {
        for await (const chunk of login.agent.download(stream)) reader.add(chunk)
      } catch (error) {
        throw new SlipwayError(
          { what: `the connection to ${login.host} was lost`, why: asError(error).message },
          { cause: error },
        )
      }
      reader.end()
      return { exitCode: 0 }
    },
    (event) => engine.tell({ type: 'build', event }),
  )
  engine.tell({ type: 'built' })
  const { state } = await call(login, 'realise', { ...wanted, mayWork: false })
  if (state !== 'there') throw record.error(login.host)
}
