import { cacheSettings, secretSettings } from './actions.js'
import type { CiOptions, Workflow } from './options.js'
import {
  bump,
  checkAndBuild,
  deploysOf,
  fillCache,
  installTools,
  slipway,
  taskName,
  useCache,
} from './script.js'
import { flowScalar, scalar } from './yaml.js'

/** SSH_KEY and SSH_KNOWN_HOSTS are variables of the type File: GitLab puts a path into them. */
const SSH_FILES = [
  'install -D -m 600 "$SSH_KEY" ~/.ssh/id_ed25519',
  'install -D -m 600 "$SSH_KNOWN_HOSTS" ~/.ssh/known_hosts',
]

export function gitlabWorkflow(options: CiOptions): Workflow {
  const { upstream, branch, runner } = options
  const task = taskName(options)
  const path = task === 'deploy' ? '.gitlab-ci.yml' : `.gitlab/${task}.yml`
  const what =
    upstream === undefined
      ? `Checks and builds every merge request, and deploys what is pushed to ${branch}.`
      : `Bumps the flake input ${upstream}, and deploys, when the upstream repository asks for it.`
  const text = [
    `# ${what}`,
    '# Written by `slipway ci gitlab`; yours to change.',
    `${task}:`,
    '  image: nixos/nix',
    ...(runner === undefined ? [] : [`  tags: [${flowScalar(runner)}]`]),
    // One deploy at a time, whichever job it is of.
    `  resource_group: ${deploysOf(options)}-${upstream === undefined ? '$CI_COMMIT_REF_SLUG' : slug(branch)}`,
    '  variables:',
    '    NIX_CONFIG: experimental-features = nix-command flakes',
    '  rules:',
    ...rules(options).map((rule) => `    - if: ${rule}`),
    '  script:',
    ...lines(options).map((line) => `    - ${scalar(line)}`),
    '',
  ].join('\n')
  return { path, text, settings: settingsOf(options), notes: notesOf(options, path) }
}

function rules({ upstream, branch }: CiOptions): string[] {
  return upstream === undefined
    ? [
        '$CI_PIPELINE_SOURCE == "merge_request_event"',
        `$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "${branch}"`,
      ]
    : [`$CI_PIPELINE_SOURCE == "trigger" && $UPSTREAM == "${upstream}"`]
}

function lines(options: CiOptions): string[] {
  const { upstream, branch } = options
  const tools = [installTools(options), ...useCache(options)]
  const deploy = [...fillCache(options), ...SSH_FILES, slipway(options, 'deploy')]
  if (upstream === undefined) {
    return [...tools, ...checkAndBuild(options), 'test "$CI_PIPELINE_SOURCE" = push || exit 0', ...deploy]
  }
  return [
    ...tools,
    ...bump(options, upstream),
    ...(options.checks ? [slipway(options, 'check')] : []),
    ...deploy,
    `git push -o ci.skip "https://oauth2:$PUSH_TOKEN@$CI_SERVER_HOST/$CI_PROJECT_PATH.git" HEAD:${branch}`,
  ]
}

/** A branch as GitLab has it in CI_COMMIT_REF_SLUG. */
function slug(branch: string): string {
  return branch
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '')
}

function settingsOf({ cache, upstream, secrets }: CiOptions): Workflow['settings'] {
  return [
    { name: 'SSH_KEY', kind: 'file', what: 'a private key that the hosts let in' },
    { name: 'SSH_KNOWN_HOSTS', kind: 'file', what: "the hosts' public keys" },
    ...(upstream === undefined
      ? []
      : [
          {
            name: 'PUSH_TOKEN',
            kind: 'secret' as const,
            what: 'a project access token with write_repository',
          },
        ]),
    ...secretSettings(secrets),
    ...cacheSettings(cache),
  ]
}

function notesOf(options: CiOptions, path: string): string[] {
  const { upstream, branch } = options
  const include = taskName(options) === 'deploy' ? [] : [`Add it to .gitlab-ci.yml: include: ${path}`]
  if (upstream === undefined) return include
  return [
    ...include,
    `In the upstream repository, a pipeline trigger token of this one starts it: curl -F token=$TOKEN -F ref=${branch} -F "variables[UPSTREAM]=${upstream}" https://GITLAB/api/v4/projects/ID/trigger/pipeline`,
  ]
}
