import { DockerfileParser, Env, type Instruction } from 'dockerfile-ast'
import type { Fact, Program, Project } from '../project.js'
import { type FileTree, inDir, type Where } from '../tree.js'

/** Hints only: shown, and offered where the source tells no port. */
export function fromDockerfile(tree: FileTree, project: Project): Project {
  const file = ['Dockerfile', 'Containerfile']
    .map((name) => inDir(project.dir, name))
    .find((name) => tree.read(name) !== undefined)
  if (file === undefined) return project
  const stage = lastStage(tree.read(file) ?? '')
  const place = (instruction: Instruction): Where => ({ file, line: instruction.getRange().start.line + 1 })
  const last = (keyword: string) => stage.filter((one) => one.getKeyword() === keyword).at(-1)
  const exposed = last('EXPOSE')
  const port = exposed && exposedPort(exposed)
  const commands = ['ENTRYPOINT', 'CMD'].flatMap((keyword) => last(keyword) ?? [])
  const facts: Fact[] = [
    ...(exposed && port !== undefined ? [hint(`EXPOSE ${port}`, place(exposed))] : []),
    ...stage
      .filter((one) => one instanceof Env)
      .flatMap((one) =>
        one
          .getProperties()
          .map((property) => hint(`ENV ${property.getName()}=${property.getValue() ?? ''}`, place(one))),
      ),
    ...commands.map((one) => hint(`${one.getKeyword()} ${one.getArgumentsContent() ?? ''}`, place(one))),
  ]
  const listenHint =
    exposed && port !== undefined
      ? { value: { listen: { port }, env: {}, why: 'EXPOSE in the Dockerfile' }, at: place(exposed) }
      : undefined
  const programs = project.programs.map(
    (program): Program =>
      listenHint && program.kind === 'service' && !program.listen ? { ...program, listenHint } : program,
  )
  return { ...project, programs, facts: [...project.facts, ...facts] }
}

function hint(text: string, at: Where): Fact {
  return { label: 'hint', text, at }
}

/** The instructions of the image that runs: what comes after the last FROM. */
function lastStage(text: string): Instruction[] {
  const all = DockerfileParser.parse(text).getInstructions()
  return all.slice(all.map((one) => one.getKeyword()).lastIndexOf('FROM') + 1)
}

/** The first port of `EXPOSE 8080/tcp 9000`, with variables expanded. */
function exposedPort(instruction: Instruction): number | undefined {
  const ports = instruction
    .getExpandedArguments()
    .map((argument) => /^(\d+)(?:\/tcp)?$/i.exec(argument.getValue())?.[1])
  const port = Number(ports.find((one) => one !== undefined) ?? Number.NaN)
  return port > 0 && port <= 65_535 ? port : undefined
}
