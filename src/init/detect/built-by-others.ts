import { article } from './article.js'
import type { Detection, ExistingNix, Program, Project } from './project.js'

/**
 * The projects where Nix is there already. How they are built is that Nix's business, and what runs is what its
 * packages have: what the source says of another program, or of the way in which `init` would start it, is left out.
 */
export function builtByOthers(detection: Detection): Detection {
  const { nix } = detection
  if (!nix) return detection
  const projects = detection.projects.map(asBuilt)
  const mains = mainProgramsOf(nix)
  if (mains.length === 0) return { ...detection, projects }
  // A package may have more programs than its main one: those of the same project stay.
  const isRun = ({ programs }: Project) =>
    programs.some(({ name, kind }) => kind === 'site' || mains.includes(name))
  const strange = projects.filter((project) => !isRun(project) && !project.beside)
  return {
    ...detection,
    projects: projects.filter((project) => !strange.includes(project)),
    others: [...detection.others, ...strange.map((project) => strangeText(project, mains))],
  }
}

function mainProgramsOf(nix: ExistingNix): string[] {
  return nix.kind === 'flake' ? [...new Set(Object.values(nix.outputs.mainPrograms ?? {}))] : []
}

function strangeText({ what, at }: Project, mains: readonly string[]): string {
  return `${article(what)} (${at.file}): the flake runs ${mains.join(', ')}, which its source does not name`
}

/** Without what tells of a build, and of a listening that only a flake of `init` would bring about. */
function asBuilt(project: Project): Project {
  return { ...project, facts: [], notes: [], programs: project.programs.map(withoutOwn) }
}

function withoutOwn(program: Program): Program {
  if (!program.listen?.value.byInit) return program
  const { listen: _ours, ...rest } = program
  return rest
}
