import type { Detection } from '../project.js'
import type { FileTree } from '../tree.js'
import { fromDockerfile } from './dockerfile.js'
import { fromEnvExample } from './env-example.js'
import { fromProcfile } from './procfile.js'

/** Adds what a Procfile, a Dockerfile and an example of the environment say about the projects beside them. */
export function applyHints(tree: FileTree, detection: Detection): Detection {
  return {
    ...detection,
    projects: detection.projects.map((project) =>
      fromEnvExample(tree, fromDockerfile(tree, fromProcfile(tree, project))),
    ),
  }
}
