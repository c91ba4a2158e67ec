import { FAKE_HASH } from '../nixpkgs.js'
import type { ElixirBuild } from '../project.js'
import { attributes, bind, commented, nixString, script } from './nix-text.js'
import { type Given, type Parts, packageOf, sourceBinding } from './parts.js'

/** A release that mix makes, and a program that starts it. */
export function elixirParts(given: Given<ElixirBuild>): Parts {
  const { build } = given
  const name = given.own('release')
  const fetched = `pkgs.beamPackages.fetchMixDeps ${attributes([
    bind('pname', nixString(`${build.pname}-deps`)),
    bind('version', '"0.1.0"'),
    sourceBinding(given),
    bind('hash', nixString(FAKE_HASH)),
  ])}`
  const release = `pkgs.beamPackages.mixRelease ${attributes([
    bind('pname', nixString(build.pname)),
    bind('version', '"0.1.0"'),
    sourceBinding(given),
    ...(build.dependencies
      ? [
          commented(
            'Of the dependencies; changes with mix.lock. `slipway deploy --fix-hashes` writes the right one.',
            bind('mixFodDeps', fetched),
          ),
        ]
      : []),
  ])}`
  return {
    lets: [
      commented('What `mix release` makes.', `${name} =\n  pkgs:\n  ${release.replaceAll('\n', '\n  ')};`),
    ],
    package: `pkgs.writeShellApplication ${attributes([
      bind('name', nixString(build.pname)),
      commented(
        'No other node is spoken to, so no cookie is needed; a release writes its settings anew when it starts.',
        bind(
          'runtimeEnv',
          attributes([
            ...(build.phoenix ? [bind('PHX_SERVER', '"true"')] : []),
            bind('RELEASE_COOKIE', '"none"'),
            bind('RELEASE_DISTRIBUTION', '"none"'),
            bind('RELEASE_TMP', '"/tmp"'),
          ]),
        ),
      ),
      bind('text', script([`exec \${${name} pkgs}/bin/${build.pname} "''\${@:-start}"`])),
    ])}`,
    apps: [{ name: given.attribute, program: `lib.getExe ${packageOf(given)}` }],
    shell: ['pkgs.elixir'],
    shellTakesInputs: false,
    checks: [{ name: 'build', value: packageOf(given) }],
  }
}
