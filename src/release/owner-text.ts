import type { Manifest } from '../contract/release.js'
import type { Conflict } from './owners.js'

/** What the deployer's plan and the host's refusal both say of what is somebody else's, and how to go on. */
export interface Hindrance {
  problem: string
  fix: string
}

/** A URL that another service has. */
export function conflictText(conflict: Conflict): Hindrance {
  const { service, place, held, holder, sameProject } = conflict
  const whose = sameProject ? holder.name : `${holder.name} of ${projectText(holder.project)}`
  const other = `\`slipway remove ${holder.name}\``
  switch (conflict.kind) {
    case 'same':
      return {
        problem: `${service}: ${place} is served by ${whose}`,
        fix: sameProject
          ? `\`slipway rename ${holder.name} ${service}\` if that is its new name; deploy ${holder.name} without that route in the same run; or ${other}`
          : `give it another URL; or have that project take the route away, or ${other}`,
      }
    case 'within':
      return {
        problem: `${service}: ${place} lies within ${held}, which is served by ${whose}`,
        fix: 'give it another URL; or deploy with --take-over to have that part of it',
      }
    case 'redirect':
      return {
        problem: `${service}: ${place} can't be had beside ${held}, which ${whose} has: one of them redirects the whole domain`,
        fix: `leave one of them out; or ${other}`,
      }
    case 'tls':
      return {
        problem: `${service}: ${place} can't be served by HTTPS: ${held} belongs to ${whose}, which has it served by HTTP alone`,
        fix: `deploy ${holder.name} with an https route first; or deploy with --take-over, which sends all of ${held} to HTTPS`,
      }
  }
}

/** A service that another project has deployed. `good`: when, in seconds since 1970; null: not known. */
export function foreignText(
  { service, project, by }: Pick<Manifest, 'service' | 'project' | 'by'>,
  good: number | null,
): Hindrance {
  const when =
    good === null ? '' : ` on ${new Date(good * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const { name } = service
  return {
    problem: `${name} is the service of another project: ${by} deployed it from ${projectText(project)}${when}`,
    fix: `give yours another name in the config; write \`project: '${project}'\` there if it is the same project; or deploy with --take-over to replace what is there`,
  }
}

function projectText(project: string | undefined): string {
  return project === undefined ? 'a project without a name' : `the project ${project}`
}
