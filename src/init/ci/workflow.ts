import { forgejoWorkflow, githubWorkflow } from './actions.js'
import { gitlabWorkflow } from './gitlab.js'
import type { CiOptions, Provider, Workflow } from './options.js'

/** The workflow of a provider. */
export function ciWorkflow(provider: Provider, options: CiOptions): Workflow {
  switch (provider) {
    case 'github':
      return githubWorkflow(options)
    case 'forgejo':
      return forgejoWorkflow(options)
    case 'gitlab':
      return gitlabWorkflow(options)
  }
}
