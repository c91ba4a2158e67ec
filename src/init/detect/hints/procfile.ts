import type { Program, Project } from '../project.js'
import { parseScript } from '../script.js'
import { type FileTree, inDir, type Where, whereText } from '../tree.js'

/** A process of a Procfile. */
interface Process {
  name: string
  /** As it is written. */
  text: string
  /** What a shell makes of it, where that is one command with nothing to expand. */
  command: Command | undefined
  at: Where
}

interface Command {
  env: Record<string, string>
  words: string[]
}

/** Its processes run beside the web process where they are programs of the package. */
export function fromProcfile(tree: FileTree, project: Project): Project {
  const processes = readProcfile(tree, inDir(project.dir, 'Procfile'))
  if (processes.length === 0) return project
  const programOf = ({ command }: Process) =>
    project.programs.find(({ name }) => name === command?.words[0]?.split('/').at(-1))
  const web = processes.find(({ name }) => name === 'web')
  const main = (web && programOf(web)) ?? project.programs.find(({ serves }) => serves) ?? project.programs[0]
  const workers = processes.filter(({ name }) => name !== 'web' && name !== 'release')
  const isAgain = (process: Process) => workers.find(({ name }) => name === process.name) !== process
  const own = workers.filter(
    (process) => programOf(process) && programOf(process) !== main && !isAgain(process),
  )
  const programs = project.programs
    .filter((program) => !own.some((process) => programOf(process) === program))
    .map((program) =>
      program === main
        ? { ...program, serves: program.serves || web !== undefined, processes: own.flatMap(processOf) }
        : program,
    )
  const notes = processes
    .filter((process) => process.name === 'release' || (workers.includes(process) && !own.includes(process)))
    .map((process) => {
      const { name, text, at } = process
      if (name === 'release') return `${whereText(at)} runs \`${text}\` before a release: a deploy doesn't`
      if (isAgain(process))
        return `${whereText(at)} has the process ${name} again, \`${text}\`: the first is taken`
      return `${whereText(at)} has a process ${name}, \`${text}\`: add it to \`processes\` once the package has a program for it`
    })
  const facts = own.map(({ name, text, at }) => ({ label: 'process', text: `${name}: ${text}`, at }))
  return { ...project, programs, notes: [...project.notes, ...notes], facts: [...project.facts, ...facts] }
}

function readProcfile(tree: FileTree, file: string): Process[] {
  return (tree.read(file) ?? '').split(/\r?\n/).flatMap((line, index) => {
    const [, name, text] = /^([\w-]+)\s*:\s*(.+?)\s*$/.exec(line) ?? []
    if (name === undefined || text === undefined) return []
    return [{ name, text, command: parseCommand(text), at: { file, line: index + 1 } }]
  })
}

/** A line of a shell as one command; undefined where it is more, or has something to expand. */
function parseCommand(text: string): Command | undefined {
  const script = parseScript(text)
  const [command, ...others] = 'commands' in script ? script.commands : []
  const isPlain = command && others.length === 0 && command.pipedTo === undefined
  if (!isPlain || command.words.some(({ variables }) => variables)) return undefined
  const words = command.words.map((word) => word.text)
  return { env: command.env, words: words[0] === 'exec' ? words.slice(1) : words }
}

function processOf({ name, command, at }: Process): Program['processes'] {
  if (!command) return []
  const [program = '', ...args] = command.words
  return [{ name, run: [program.split('/').at(-1), ...args].join(' '), env: command.env, at }]
}
