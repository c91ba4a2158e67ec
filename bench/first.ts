import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NIXPKGS, type Project, project } from '../test/lab/project.js'
import { newMessage } from './changes.js'
import type { Cleanup } from './cleanup.js'
import { interleave, type Variant } from './measure.js'
import type { Taken } from './measurement.js'
import type { Part } from './part.js'
import { say } from './say.js'
import { SLIPWAY, type Stage } from './stage.js'

/** What `init` and the first deploy may take together, beside building. */
const MOST_MS = 8000

/** Repositories without any of slipway's or Nix's files; a line of a source makes each a new one. */
const REPOSITORIES = {
  flask: {
    folder: 'python-flask-factory',
    service: 'budget-planner',
    file: 'src/budget/__init__.py',
    comment: '#',
  },
  go: { folder: 'go-stdlib', service: 'clock', file: 'main.go', comment: '//' },
} as const
type Name = keyof typeof REPOSITORIES
const NAMES = Object.keys(REPOSITORIES) as Name[]
const STEPS = ['init', 'build', 'deploy'] as const
type Step = (typeof STEPS)[number]

/** How long it takes from a plain repository to a service on a host that is set up. */
export const firstPart: Part = {
  rounds: 5,
  run: async ({ stage: open, rounds, cleanup }) => {
    const stage = await open()
    const variants = Object.fromEntries(
      NAMES.flatMap((name) => Object.entries(firstDeploy(stage, cleanup, name))),
    )
    const times = await interleave(variants, rounds, (round) => say(`first, round ${round} of ${rounds}`))
    return { taken: NAMES.flatMap((name) => takenOf(name, (step) => times[nameOf(step, name)] ?? [])) }
  },
}

function nameOf(step: Step, name: Name): string {
  return `${step} ${name}`
}

function takenOf(name: Name, values: (step: Step) => number[]): Taken[] {
  const deploys = values('deploy')
  const both = values('init').map((init, round) => init + (deploys[round] ?? Number.NaN))
  const taken = (what: string, own: number[]): Taken => ({
    what: `${name}: ${what}`,
    distance: 'near',
    values: own,
  })
  return [
    taken('init', values('init')),
    taken('build, apart', values('build')),
    taken('first deploy', deploys),
    {
      ...taken('init and first deploy', both),
      against: { what: 'at most', values: both.map(() => MOST_MS), atMost: 1 },
    },
  ]
}

/** The steps of one, which follow each other within a round. */
function firstDeploy(stage: Stage, { later }: Cleanup, name: Name): Record<string, Variant> {
  const { folder, service, file, comment } = REPOSITORIES[name]
  const domain = `first-${name}.example.test`
  let repository: Project | undefined
  const slipway = async (...words: string[]) => {
    if (repository === undefined) throw new Error('init comes first')
    await stage.run(repository.folder, ['node', SLIPWAY, ...words])
  }
  const override = ['--override-input', 'nixpkgs', NIXPKGS]
  return {
    [nameOf('init', name)]: {
      before: async () => {
        repository = await project(`test/fixtures/repos/${folder}`, later)
        const text = await readFile(join(repository.folder, file), 'utf8')
        await repository.write(file, `${text}\n${comment} ${newMessage()}\n`)
        await repository.commit()
      },
      run: () =>
        slipway('init', '--yes', '--host', `rehearse:${stage.host.name}`, '--url', `http://${domain}`),
    },
    [nameOf('build', name)]: { run: () => slipway('build', ...override) },
    [nameOf('deploy', name)]: {
      run: () => slipway('deploy', ...override),
      after: async () => {
        const { status } = await stage.host.get(domain, '/')
        if (status >= 500) throw new Error(`${domain} answers ${status}`)
        await slipway('remove', service, '--purge', '--yes')
      },
    },
  }
}
