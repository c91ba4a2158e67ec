import { databaseVariable } from './database.js'
import type { Detection, Program, Project } from './project.js'
import { type FileTree, inDir, type Where } from './tree.js'

interface Line {
  name: string
  value: string
  at: Where
}

/** Adds what a Procfile, a Dockerfile and an example of the environment say about the projects beside them. */
export function applyHints(tree: FileTree, detection: Detection): Detection {
  return {
    ...detection,
    projects: detection.projects.map((project) =>
      fromEnvExample(tree, fromDockerfile(tree, fromProcfile(tree, project))),
    ),
  }
}

function linesOf(tree: FileTree, file: string, pattern: RegExp): Line[] {
  return (tree.read(file) ?? '').split('\n').flatMap((text, index) => {
    const match = pattern.exec(text)
    return match?.[1] === undefined
      ? []
      : [{ name: match[1], value: (match[2] ?? '').trim(), at: { file, line: index + 1 } }]
  })
}

/** Its processes run beside the web process where they are programs of the package. */
function fromProcfile(tree: FileTree, project: Project): Project {
  const lines = linesOf(tree, inDir(project.dir, 'Procfile'), /^([\w-]+)\s*:\s*(.+)$/)
  if (lines.length === 0) return project
  const programOf = (value: string) => {
    const [first = ''] = value.split(/\s+/).filter((word) => !/^\w+=/.test(word))
    return project.programs.find(({ name }) => name === first.split('/').at(-1))
  }
  const web = lines.find(({ name }) => name === 'web')
  const main =
    (web && programOf(web.value)) ?? project.programs.find(({ serves }) => serves) ?? project.programs[0]
  const workers = lines.filter(({ name }) => name !== 'web' && name !== 'release')
  const own = workers.filter(({ value }) => programOf(value) && programOf(value) !== main)
  const programs = project.programs
    .filter((program) => !own.some(({ value }) => programOf(value) === program))
    .map((program) =>
      program === main
        ? {
            ...program,
            serves: program.serves || web !== undefined,
            processes: own.map(processOf),
          }
        : program,
    )
  const notes = lines
    .filter((line) => line.name === 'release' || (workers.includes(line) && !own.includes(line)))
    .map(({ name, value, at }) =>
      name === 'release'
        ? `${at.file}:${at.line} runs \`${value}\` before a release: a deploy doesn't`
        : `${at.file}:${at.line} has a process ${name}, \`${value}\`: add it to \`processes\` once the package has a program for it`,
    )
  const facts = own.map(({ name, value, at }) => ({ label: 'process', text: `${name}: ${value}`, at }))
  return { ...project, programs, notes: [...project.notes, ...notes], facts: [...project.facts, ...facts] }
}

/** `A=1 bin/worker -n 2`: variables, a program of the package, its arguments. */
function processOf({ name, value, at }: Line): Program['processes'][number] {
  const words = value.split(/\s+/)
  const start = words.findIndex((word) => !/^\w+=/.test(word))
  const env = Object.fromEntries(words.slice(0, start).map((word) => word.split(/=(.*)/s).slice(0, 2)))
  const [program = '', ...args] = words.slice(start)
  return { name, run: [program.split('/').at(-1), ...args].join(' '), env, at }
}

/** Hints only: shown, and offered where the source tells no port. */
function fromDockerfile(tree: FileTree, project: Project): Project {
  const file = ['Dockerfile', 'Containerfile']
    .map((name) => inDir(project.dir, name))
    .find((name) => tree.read(name) !== undefined)
  if (file === undefined) return project
  const exposed = linesOf(tree, file, /^\s*EXPOSE\s+(\d+)/i).at(-1)
  const variables = linesOf(tree, file, /^\s*ENV\s+(\w+)[=\s]\s*(.*)$/i)
  const command = linesOf(tree, file, /^\s*(CMD|ENTRYPOINT)\s+(.*)$/i).at(-1)
  const facts = [
    ...(exposed ? [{ label: 'hint', text: `EXPOSE ${exposed.name}`, at: exposed.at }] : []),
    ...variables.map(({ name, value, at }) => ({ label: 'hint', text: `ENV ${name}=${value}`, at })),
    ...(command ? [{ label: 'hint', text: `${command.name} ${command.value}`, at: command.at }] : []),
  ]
  const hint = exposed && {
    value: { listen: { port: Number(exposed.name) }, env: {}, why: 'EXPOSE in the Dockerfile' },
    at: exposed.at,
  }
  const programs = project.programs.map(
    (program): Program =>
      hint && program.kind === 'service' && !program.listen ? { ...program, listenHint: hint } : program,
  )
  return { ...project, programs, facts: [...project.facts, ...facts] }
}

const EXAMPLES = ['.env.example', '.env.sample', '.env.template', 'env.example']

/** The database's place, where the source only reads a variable. */
function fromEnvExample(tree: FileTree, project: Project): Project {
  const lines = EXAMPLES.flatMap((name) =>
    linesOf(tree, inDir(project.dir, name), /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)=["']?([^"'#]*)/),
  )
  const programs = project.programs.map((program): Program => {
    const { state } = program
    const line = lines.find(({ name }) => name === state?.value.variable)
    if (!state || !line || state.value.path !== undefined) return program
    const value = databaseVariable(line.name, line.value)
    if (value) return { ...program, state: { ...state, value: { ...state.value, path: line.value } } }
    const { state: _other, ...rest } = program
    return { ...rest, variables: [...program.variables, { value: line.name, required: false, at: state.at }] }
  })
  return { ...project, programs }
}
