import { serviceNameProblem, suggestServiceName } from '../../config/names.js'
import { parseRoute } from '../../config/route.js'
import { usageError } from '../../errors.js'
import type { Detection, ListenMode } from './project.js'
import { type Candidate, defaultCandidates, serviceName } from './setup.js'

/** What the command line or the user said, by the name of the flag; services' own by `flag:service`. */
export type Answers = ReadonlyMap<string, string>

/** The host that is taken where nobody names one: on this machine, for trying things out. */
export const THROWAWAY_HOST = 'rehearse:web'

/** Flags that may be about one service among several. */
const SERVICE_FLAGS = ['url', 'listen', 'health', 'name']

/** What a flag says about a service, by its name or its program's: `--url NAME=…` before `--url …`. */
export function answerOf(answers: Answers, flag: string, name: string, program: string): string | undefined {
  return answers.get(`${flag}:${name}`) ?? answers.get(`${flag}:${program}`) ?? answers.get(flag)
}

/** Refuses flags about services that there are not. */
export function checkNames(answers: Answers, known: readonly string[]): void {
  for (const key of answers.keys()) {
    const [flag = '', name] = key.split(':')
    if (name === undefined || !SERVICE_FLAGS.includes(flag) || known.includes(name)) continue
    throw usageError({
      what: `--${flag} ${name}=: there is no service ${name}`,
      still: 'Nothing was written.',
      next: `There is: ${known.join(', ')}.`,
    })
  }
}

/** What is deployed: what was named, else what was seen to serve. */
export function chosenCandidates(all: readonly Candidate[], answers: Answers): Candidate[] {
  const wanted = answers
    .get('program')
    ?.split(/[\s,]+/)
    .filter(Boolean)
  if (wanted === undefined) return defaultCandidates(all)
  const unknown = wanted.find((name) => !all.some(({ id }) => id === name))
  if (unknown === undefined) return all.filter(({ id }) => wanted.includes(id))
  throw usageError({
    what: `--program ${unknown}: there is no such program here`,
    still: 'Nothing was written.',
    next: `There ${all.length === 1 ? 'is' : 'are'}: ${all.map(({ id }) => id).join(', ')}.`,
  })
}

/** A service's name, and why it isn't its program's. */
export function nameOf(
  candidate: Candidate,
  chosen: readonly Candidate[],
  detection: Detection,
  answers: Answers,
): ReturnType<typeof serviceName> {
  const plain = answers.get('name')
  if (plain !== undefined && chosen.length > 1) {
    const example = `${candidate.id}=${plain}`
    throw usageError({
      what: `--name ${plain}: there are several services`,
      still: 'Nothing was written.',
      next: `Say which, for example --name ${example}.`,
    })
  }
  const given = answers.get(`name:${candidate.id}`) ?? plain
  if (given === undefined) return serviceName(candidate, chosen, detection.name)
  const problem = serviceNameProblem(given)
  if (problem === undefined) return { name: given, why: undefined }
  throw usageError({
    what: `--name ${given}: ${problem}`,
    still: 'Nothing was written.',
    next: `For example ${suggestServiceName(given)}.`,
  })
}

/** How a program listens, as a flag says it. */
export function parseListen(text: string): ListenMode | 'files' | undefined {
  if (text === 'port' || text === 'unix' || text === 'socket' || text === 'none' || text === 'files')
    return text
  const port = Number(text)
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? { port } : undefined
}

/** What {@link parseListen} takes. */
export const LISTEN_EXPECTED = 'expected a port number, port, unix, socket, none or files'

/** What is wrong with a URL. */
export function urlProblem(answer: string): string | undefined {
  const route = parseRoute(answer, {})
  return 'problem' in route ? route.problem : undefined
}
