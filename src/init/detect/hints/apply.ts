import type { Detection } from '../project.js'
import type { FileTree } from '../tree.js'
import { fromDockerfile } from './dockerfile.js'
import { fromEnvExample } from './env-example.js'
import { withOtherHosts } from './other-hosts.js'
import { fromProcfile } from './procfile.js'

/** Adds what a Procfile, a Dockerfile and an example of the environment say about the projects beside them, and what is not read. */
export function applyHints(tree: FileTree, detection: Detection): Detection {
  return {
    ...detection,
    projects: detection.projects.map((project) =>
      withOtherHosts(tree, fromEnvExample(tree, fromDockerfile(tree, fromProcfile(tree, project)))),
    ),
  }
}
