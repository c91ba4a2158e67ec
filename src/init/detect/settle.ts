import { stateDir } from '../../contract/paths.js'
import { usageError } from '../../errors.js'
import {
  type Answers,
  answerOf,
  checkNames,
  chosenCandidates,
  LISTEN_EXPECTED,
  nameOf,
  parseListen,
  urlProblem,
} from './answers.js'
import { databaseInState } from './database.js'
import type { Detection, Program, Project } from './project.js'
import { found, guessed, type Sourced, told } from './provenance.js'
import { unanswered } from './questions.js'
import { type Candidate, candidates, packageOf, type ServiceSetup, type Setup } from './setup.js'
import { whereText } from './tree.js'

/** What a question's answer is where the user gave none. */
type Defaults = ReadonlyMap<string, Sourced<string>>

/** What the files are to say: the answers, and defaults for what nobody answered. */
export function settle(detection: Detection, answers: Answers): Setup {
  const chosen = chosenCandidates(candidates(detection), answers)
  const named = chosen.map((candidate) => ({ candidate, ...nameOf(candidate, chosen, detection, answers) }))
  checkNames(
    answers,
    named.flatMap(({ candidate, name }) => [...new Set([name, candidate.id])]),
  )
  const defaults: Defaults = new Map(
    unanswered(detection, answers).flatMap(({ key, fallback }) => (fallback ? [[key, fallback]] : [])),
  )
  const services = named.map(({ candidate, name, why }) => ({
    ...settleService(candidate, name, answers, defaults),
    package: packageOf(detection, candidate, chosen),
    renamed: why && `${why}: "${name}" is used, --name takes another`,
  }))
  const host = answers.get('host')
  const ssh = host === undefined ? defaults.get('host') : told(host)
  if (!ssh) throw new Error('the question for the host has a default')
  return {
    host: { name: hostName(ssh.value), ssh },
    services: withOwnPorts(services),
    crane: answers.has('crane'),
  }
}

function settleService(
  { id, program, project }: Candidate,
  name: string,
  answers: Answers,
  defaults: Defaults,
): Omit<ServiceSetup, 'package' | 'renamed'> {
  const said = (flag: string) => {
    const answer = answerOf(answers, flag, name, id)
    return answer === undefined ? undefined : told(answer)
  }
  const listen = settleListen(program, project, said('listen') ?? defaults.get(`listen:${name}`))
  const url = said('url') ?? defaults.get(`url:${name}`)
  const problem = url && urlProblem(url.value)
  if (problem) throw usageError({ what: `--url ${url.value}: ${problem}`, still: 'Nothing was written.' })
  const state = settleState(program, answers.get('state'))
  const assets = answers.get('assets')?.split(',').filter(Boolean).map(told)
  return {
    name,
    program,
    project,
    url,
    listen,
    env: {
      ...listenEnv(program.listen, listen.value),
      ...(state ? stateEnv(program, name) : {}),
    },
    health: said('health') ?? foundHealth(program),
    state,
    assets: assets ?? program.assets.map((asset) => found(asset)),
  }
}

function settleListen(
  program: Program,
  project: Project | undefined,
  answer: Sourced<string> | undefined,
): ServiceSetup['listen'] {
  if (answer) {
    const value = parseListen(answer.value)
    if (value !== undefined) return { ...answer, value }
    throw usageError({ what: `--listen ${answer.value}: ${LISTEN_EXPECTED}`, still: 'Nothing was written.' })
  }
  if (program.kind === 'site' && project) return found({ value: 'files', at: project.at })
  if (program.listen) {
    const { value, at } = program.listen
    return found({ value: value.listen, at }, value.why)
  }
  return guessed('port', 'its source does not say')
}

function settleState({ state, folders = [] }: Program, answer: string | undefined): ServiceSetup['state'] {
  if (answer !== undefined) return answer === 'yes' ? told(true) : undefined
  const place = state?.at ?? folders[0]?.at
  return place && found({ value: true, at: place })
}

function foundHealth({ health }: Program): ServiceSetup['health'] {
  if (!health) return undefined
  const { path, guess } = health.value
  return guess
    ? guessed(path, `the first route, ${whereText(health.at)}`)
    : found({ value: path, at: health.at })
}

/** The variables that make a program listen as it should, with another port where one was named. */
function listenEnv(listens: Program['listen'], listen: ServiceSetup['listen']['value']): ServiceSetup['env'] {
  if (typeof listens?.value.listen !== 'object' || typeof listen !== 'object') return {}
  const { port } = listen
  return Object.fromEntries(
    Object.entries(listens.value.env).map(([name, value]) => [
      name,
      found({ value: value.replace(/\d+$/, String(port)), at: listens.at }),
    ]),
  )
}

/** The variables that say where it keeps what it keeps, with places that outlive a release. */
function stateEnv({ state, folders = [] }: Program, service: string): ServiceSetup['env'] {
  const folder = stateDir(service)
  const kept = folders.map(
    ({ value, at }) => [value, found({ value: folder, at }, 'its state directory')] as const,
  )
  const { variable } = state?.value ?? {}
  if (!state || variable === undefined) return Object.fromEntries(kept)
  const value = databaseInState(state.value, folder, service)
  return Object.fromEntries([
    ...kept,
    [variable, found({ value, at: state.at }, 'its database, in the state directory')],
  ])
}

/** Two services of one host can't have the same port: those that are told theirs are told another. */
function withOwnPorts(services: readonly ServiceSetup[]): ServiceSetup[] {
  const portOf = ({ listen: { value } }: ServiceSetup) => (typeof value === 'object' ? value.port : undefined)
  const variableOf = (service: ServiceSetup) =>
    Object.entries(service.env).find(([, { value }]) => new RegExp(`(?:^|:)${portOf(service)}$`).test(value))
  const fixed = services.filter((service) => variableOf(service) === undefined)
  const taken = new Set(fixed.flatMap((service) => portOf(service) ?? []))
  return services.map((service) => {
    const [variable, given] = variableOf(service) ?? []
    let port = portOf(service)
    if (port === undefined || variable === undefined || given === undefined) return service
    while (taken.has(port)) port += 1
    taken.add(port)
    const value = given.value.replace(/\d+$/, String(port))
    return {
      ...service,
      listen: { ...service.listen, value: { port } },
      env: { ...service.env, [variable]: { ...given, value } },
    }
  })
}

/** A host's name in the config: `nixie` of `root@nixie.example.com`. */
export function hostName(ssh: string): string {
  if (ssh.startsWith('rehearse:')) return ssh.slice('rehearse:'.length)
  const host = ssh
    .replace(/^ssh:\/\//, '')
    .replace(/^.*@/, '')
    .replace(/:\d+$/, '')
  const first = host.split('.')[0] ?? ''
  return /^[a-z][\w-]*$/i.test(first) ? first.toLowerCase() : 'web'
}
