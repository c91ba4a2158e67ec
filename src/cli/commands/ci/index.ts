import { PROVIDERS, type Provider } from '../../../init/ci/options.js'
import { command } from '../../command.js'
import { fileFlag, textFlag } from '../../flags.js'

/** `slipway ci PROVIDER`: writes a workflow, and says what it needs. */
export const ci = command({
  brief: 'Write the workflow that checks, builds and deploys',
  args: [
    { parse: parseProvider, placeholder: 'github|gitlab|forgejo', brief: 'Whose CI the workflow is for' },
  ],
  flags: {
    ...fileFlag,
    cache: textFlag('Fill this binary cache: a name on cachix.org, or the URL of a store', 'CACHE'),
    upstream: textFlag('Bump this flake input and deploy, when the upstream repository asks for it', 'INPUT'),
    branch: textFlag(
      'The branch that is deployed (default: that of origin, else the one that is checked out)',
      'BRANCH',
    ),
    runner: textFlag('The label of the machines to run on', 'LABEL'),
    slipway: textFlag('The command that is slipway there (default: as the project pins it)', 'COMMAND'),
  },
  run: async (cli, flags, provider) => {
    const { writeWorkflow } = await import('./write-workflow.js')
    cli.print(await writeWorkflow(provider, flags))
  },
})

function parseProvider(input: string): Provider {
  const provider = PROVIDERS.find((name) => name === input)
  if (!provider) throw new Error(`expected one of: ${PROVIDERS.join(', ')}`)
  return provider
}
