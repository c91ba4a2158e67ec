import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { gitlabWorkflow } from '../../../src/init/ci/gitlab.js'
import { ciOptions, VARIANTS } from './samples.js'

const schema = JSON.parse(
  readFileSync(new URL('../../fixtures/ci/gitlab-ci.schema.json', import.meta.url), 'utf8'),
)
const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema)

/** What GitLab's schema finds wrong. */
function problems(text: string): string[] {
  return validate(parse(text)) ? [] : (validate.errors ?? []).map(({ message = '' }) => message)
}

describe('gitlabWorkflow', () => {
  it('checks and builds every merge request, and deploys what is pushed', () => {
    const { path, text, settings } = gitlabWorkflow(ciOptions())
    assert.equal(path, '.gitlab-ci.yml')
    assert.equal(
      text,
      `# Checks and builds every merge request, and deploys what is pushed to main.
# Written by \`slipway ci gitlab\`; yours to change.
deploy:
  image: nixos/nix
  resource_group: deploy-$CI_COMMIT_REF_SLUG
  variables:
    NIX_CONFIG: experimental-features = nix-command flakes
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "main"
  script:
    - nix-env -iA nixpkgs.nodejs
    - npx --yes slipway@0.1.0 check
    - npx --yes slipway@0.1.0 build
    - test "$CI_PIPELINE_SOURCE" = push || exit 0
    - install -D -m 600 "$SSH_KEY" ~/.ssh/id_ed25519
    - install -D -m 600 "$SSH_KNOWN_HOSTS" ~/.ssh/known_hosts
    - npx --yes slipway@0.1.0 deploy
`,
    )
    assert.deepEqual(
      settings.map(({ name, kind }) => [name, kind]),
      [
        ['SSH_KEY', 'file'],
        ['SSH_KNOWN_HOSTS', 'file'],
      ],
    )
  })

  it('bumps an input when it is triggered', () => {
    const { path, text, notes, settings } = gitlabWorkflow(
      ciOptions({ upstream: 'app', branch: 'Release/1.0' }),
    )
    assert.equal(path, '.gitlab/bump-app.yml')
    const job = parse(text)['bump-app']
    assert.deepEqual(job.rules, [{ if: '$CI_PIPELINE_SOURCE == "trigger" && $UPSTREAM == "app"' }])
    assert.equal(job.resource_group, 'deploy-release-1-0')
    assert.deepEqual(job.script.slice(1, 3), [
      'nix flake update app',
      'npx --yes slipway@0.1.0 build --fix-hashes',
    ])
    assert.equal(
      job.script.at(-1),
      'git push -o ci.skip "https://oauth2:$PUSH_TOKEN@$CI_SERVER_HOST/$CI_PROJECT_PATH.git" HEAD:Release/1.0',
    )
    assert.ok(settings.some(({ name }) => name === 'PUSH_TOKEN'))
    assert.match(notes.join('\n'), /include: \.gitlab\/bump-app\.yml/)
  })

  it('fills a cache of any kind before it deploys', () => {
    const script = (cache: { cachix: string } | { url: string }) =>
      parse(gitlabWorkflow(ciOptions({ cache })).text).deploy.script
    assert.deepEqual(script({ cachix: 'ours' }).slice(0, 2), [
      'nix-env -iA nixpkgs.nodejs nixpkgs.cachix',
      'cachix use ours',
    ])
    assert.deepEqual(script({ cachix: 'ours' }).slice(5, 7), [
      'npx --yes slipway@0.1.0 build > "$HOME/built"',
      'cachix push ours < "$HOME/built"',
    ])
    assert.deepEqual(script({ url: 's3://b?region=x' }).slice(4, 8), [
      'npx --yes slipway@0.1.0 build > "$HOME/built"',
      '(umask 077; echo "$CACHE_SIGNING_KEY" > "$HOME/cache-key")',
      'xargs nix store sign --recursive --key-file "$HOME/cache-key" < "$HOME/built"',
      'xargs nix copy --to \'s3://b?region=x\' < "$HOME/built"',
    ])
  })

  for (const [what, own] of VARIANTS) {
    it(`is valid ${what}`, () => assert.deepEqual(problems(gitlabWorkflow(ciOptions(own)).text), []))
  }

  for (const [what, from, to] of [
    ['an unknown key', '  script:', '  scripts:'],
    [
      'an unknown key in a rule',
      '- if: $CI_PIPELINE_SOURCE == "push"',
      '- iff: $CI_PIPELINE_SOURCE == "push"',
    ],
    ['a number for an image', 'image: nixos/nix', 'image: 5'],
  ] as const) {
    it(`would not be with ${what}`, () => {
      const { text } = gitlabWorkflow(ciOptions())
      assert.ok(text.includes(from))
      assert.notDeepEqual(problems(text.replace(from, to)), [])
    })
  }
})
