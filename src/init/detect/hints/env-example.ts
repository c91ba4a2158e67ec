import { parseEnv } from 'node:util'
import { databaseVariable } from '../database.js'
import type { ListenChoice, Program, Project } from '../project.js'
import { type FileTree, type Found, inDir, whereIs } from '../tree.js'

/** What people call an example of the environment, which is tracked where `.env` is not. */
const EXAMPLES = [
  '.env.example',
  '.env.sample',
  '.env.template',
  '.env.dist',
  '.env_example',
  '.env-example',
  'env.example',
  'example.env',
]

/** The database's place and the port, where the source only reads a variable. */
export function fromEnvExample(tree: FileTree, project: Project): Project {
  const examples = EXAMPLES.flatMap((name) => readExample(tree, inDir(project.dir, name)))
  if (examples.length === 0) return project
  const values = new Map(examples.reverse())
  return {
    ...project,
    programs: project.programs.map((program) => withPort(values, withDatabase(values, program))),
  }
}

type Values = ReadonlyMap<string, Found<string>>

function readExample(tree: FileTree, file: string): [string, Found<string>][] {
  const text = tree.read(file)
  if (text === undefined) return []
  return Object.entries(parseEnv(text)).map(([name, value]) => [
    name,
    { value: value ?? '', at: whereIs(tree, file, new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=`)) },
  ])
}

function withDatabase(values: Values, program: Program): Program {
  const { state } = program
  const { variable, path } = state?.value ?? {}
  const example = variable === undefined ? undefined : values.get(variable)
  if (!state || variable === undefined || path !== undefined || !example?.value) return program
  if (databaseVariable(variable, example.value)) {
    const { maybeServer: _known, ...value } = state.value
    return { ...program, state: { ...state, value: { ...value, path: example.value } } }
  }
  const { state: _other, ...rest } = program
  const variables = program.variables.filter(({ value }) => value !== variable)
  return { ...rest, variables: [...variables, { value: variable, required: false, at: state.at }] }
}

/** A port that the source leaves to a variable: `3001`, `:3001`, `127.0.0.1:3001`. */
function withPort(values: Values, program: Program): Program {
  const { listen } = program
  if (!listen?.value.usual) return program
  for (const [name, value] of Object.entries(listen.value.env)) {
    const [, colon = '', port] = /^(?:.*?(:))?(\d+)$/.exec(values.get(name)?.value ?? '') ?? []
    if (port === undefined) continue
    const { usual: _known, ...rest } = listen.value
    const form = colon !== '' && !value.includes(':') ? `127.0.0.1:${port}` : value.replace(/\d+$/, port)
    const choice: ListenChoice = {
      ...rest,
      listen: { port: Number(port) },
      env: { ...rest.env, [name]: form },
    }
    return { ...program, listen: { ...listen, value: choice } }
  }
  return program
}
