import * as z from 'zod/mini'
import { pathsIn, type UnitSurvey } from '../../contract/survey.js'
import type { Agent } from '../agent.js'
import { linkTarget, listFolder, readText } from '../files.js'
import { listeningOf } from '../sockets/unit-sockets.js'
import { surveyPaths } from './paths.js'

/** Where an administrator's units are: systemd.unit(5). */
export const ADMINISTRATORS_UNITS = '/etc/systemd/system'
/** How the first line of every unit of slipway's begins. */
const OURS = '# Managed by slipway'

/** The units that an administrator has written. */
export async function surveyUnits(agent: Agent): Promise<UnitSurvey[]> {
  const files = (await listFolder(ADMINISTRATORS_UNITS)).filter((name) => name.endsWith('.service'))
  const templates = files.filter((name) => name.includes('@.')).map((name) => name.replace('@.', '@*.'))
  const instances = (await agent.systemd.list(templates)).map(({ name }) => name)
  const names = [...files.filter((name) => !name.includes('@.')), ...instances]
  const found = await Promise.all([...new Set(names)].map((name) => surveyUnit(agent, name)))
  return found.flat().sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** None for what slipway made, an alias, and what is turned off for good. */
async function surveyUnit(agent: Agent, name: string): Promise<UnitSurvey[]> {
  const { load, active, path, id } = await agent.systemd.unit(name)
  if (load !== 'loaded' || id !== name || !path.startsWith(`${ADMINISTRATORS_UNITS}/`)) return []
  const text = (await readText(path)) ?? ''
  if (text.startsWith(OURS)) return []
  const of = <T>(type: 'Unit' | 'Service', property: string, schema: z.ZodMiniType<T>) =>
    agent.systemd.property(name, type, property).then((value) => schema.parse(value))
  const [dropIns, enabled, triggeredBy, type, user, dynamicUser, exec, workingDirectory, environment, files] =
    await Promise.all([
      of('Unit', 'DropInPaths', texts),
      of('Unit', 'UnitFileState', z.string()),
      of('Unit', 'TriggeredBy', texts),
      of('Service', 'Type', z.string()),
      of('Service', 'User', z.string()),
      of('Service', 'DynamicUser', z.boolean()),
      of('Service', 'ExecStart', commands),
      of('Service', 'WorkingDirectory', z.string()),
      of('Service', 'Environment', texts),
      of('Service', 'EnvironmentFiles', z.array(z.tuple([z.string(), z.boolean()]))),
    ])
  const variables = environment.map((one) => {
    const [name = '', value = ''] = one.split(/=(.*)/s)
    return { name, value }
  })
  const words = exec.map(([, words]) => words)
  const folder = workingDirectory.replace(/^[!-]/, '')
  const named = [...variables.map(({ value }) => value), ...words.flat()].flatMap(pathsIn)
  return [
    {
      ...{ name, path, dropIns, text, enabled, active, type, user, dynamicUser, triggeredBy },
      linked: (await linkTarget(path)) ?? null,
      exec: words,
      workingDirectory: folder,
      environment: variables,
      environmentFiles: await Promise.all(files.map(([file]) => variablesOf(file))),
      listens: (await listeningOf(agent, name, 'host')).map(({ address, port }) => ({ address, port })),
      paths: await surveyPaths(agent, folder.startsWith('/') && folder !== '/' ? folder : undefined, named),
    },
  ]
}

const texts = z.array(z.string())
/** The program, its words, and what is not of interest here. */
const commands = z.array(z.tuple([z.string(), texts], z.unknown()))

/** The names of the variables in a file as `EnvironmentFile=` takes it; null: it can't be read. */
async function variablesOf(path: string): Promise<UnitSurvey['environmentFiles'][number]> {
  const text = await readText(path).catch(() => undefined)
  if (text === undefined) return { path, names: null }
  const names = [...text.matchAll(/^\s*([A-Za-z_]\w*)\s*=/gm)].flatMap(([, name]) => name ?? [])
  return { path, names: [...new Set(names)] }
}
