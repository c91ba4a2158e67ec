import { usageError } from '../errors.js'

/** What `--deploy-rs` names: a flake, perhaps only one of its nodes, perhaps only one profile of it. */
export interface DeployTarget {
  /** As Nix takes it. */
  flake: string
  node: string | undefined
  profile: string | undefined
}

const ATTRIBUTE = /^(?:"([^"]+)"|([^".\s]+))/

/**
 * Reads `FLAKE`, `FLAKE#NODE` or `FLAKE#NODE.PROFILE`; names with dots are quoted.
 * @throws SlipwayError where it is none of them.
 */
export function parseDeployTarget(text: string): DeployTarget {
  const hash = text.indexOf('#')
  const flake = hash === -1 ? text : text.slice(0, hash)
  const [node, profile, ...others] = attributes(hash === -1 ? '' : text.slice(hash + 1), text)
  if (others.length > 0) {
    throw usageError({
      what: `${text} names more than a node and a profile`,
      next: `Names with dots are quoted: '${flake}#"my.node".system'.`,
    })
  }
  return { flake: flake || '.', node, profile }
}

function attributes(path: string, text: string): string[] {
  const names: string[] = []
  for (let rest = path; rest !== ''; ) {
    const [whole, quoted, plain] = ATTRIBUTE.exec(rest) ?? []
    const after = rest.slice(whole?.length)
    const ends = after === '' || (after.startsWith('.') && after.length > 1)
    if (whole === undefined || !ends) {
      throw usageError({
        what: `${text} is not FLAKE, FLAKE#NODE or FLAKE#NODE.PROFILE`,
        next: `For example ., .#my-node, .#my-node.system or '.#"my.node".system'.`,
      })
    }
    names.push(quoted ?? plain ?? '')
    rest = after.slice(1)
  }
  return names
}

/** The installable of a profile's package. */
export function profileInstallable(flake: string, node: string, profile: string): string {
  return `${flake}#deploy.nodes."${node}".profiles."${profile}".path`
}
