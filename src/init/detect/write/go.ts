import { FAKE_HASH } from '../nixpkgs.js'
import type { GoBuild } from '../project.js'
import { attributes, bind, commented, nixList, nixString, ofPkgs } from './nix-text.js'
import {
  checkFunction,
  commandCheck,
  type Given,
  mainPrograms,
  metaBindings,
  type Parts,
  packageOf,
  placeInSource,
  programApps,
  sourceBinding,
} from './parts.js'

/** A Go module: `buildGoModule`, which builds all of its commands. */
export function goParts(given: Given<GoBuild>): Parts {
  const { build } = given
  const [main] = mainPrograms(given)
  const own = packageOf(given)
  const check = given.own('goCheck')
  const place = placeInSource(given.project)
  return {
    lets: [checkFunction(check, 'go build')],
    package: `pkgs.buildGoModule ${attributes([
      bind('pname', nixString(build.pname)),
      bind('version', '"0.1.0"'),
      sourceBinding(given),
      ...(place === undefined ? [] : [bind('modRoot', nixString(place))]),
      vendorBinding(given),
      ...(build.neighbours
        ? [
            commented(
              'Modules of this repository are taken from where they lie: the hash is of the others.',
              bind('proxyVendor', 'true'),
            ),
          ]
        : []),
      ...(build.nativeBuildInputs.length > 0
        ? [bind('nativeBuildInputs', nixList(ofPkgs(build.nativeBuildInputs)))]
        : []),
      ...(build.buildInputs.length > 0 ? [bind('buildInputs', nixList(ofPkgs(build.buildInputs)))] : []),
      ...(build.tags.length > 0
        ? [
            commented(
              "nixpkgs' SQLite, not the copy in go-sqlite3.",
              bind('tags', nixList(build.tags.map(nixString))),
            ),
          ]
        : []),
      bind('ldflags', nixList(['"-s"', '"-w"'])),
      ...metaBindings(given, main),
    ])}`,
    apps: programApps(given),
    shell: ['pkgs.gopls'],
    shellTakesInputs: true,
    checks: [
      { name: 'tests', value: own, comment: 'Building it runs its tests.' },
      { name: 'vet', value: commandCheck(check, own, 'go vet ./...') },
      ...(build.checks.staticcheck
        ? [
            {
              name: 'staticcheck',
              value: commandCheck(check, own, 'HOME=$TMPDIR staticcheck ./...', ['pkgs.go-tools']),
            },
          ]
        : []),
    ],
  }
}

function vendorBinding({ build, tree, project }: Given<GoBuild>): string {
  if (build.vendor === 'hash') {
    return commented(
      'Of the dependencies; changes with go.sum. `slipway deploy --fix-hashes` writes the right one.',
      bind('vendorHash', nixString(FAKE_HASH)),
    )
  }
  const folder = tree.files.some((file) =>
    file.startsWith(`${project.dir === '' ? '' : `${project.dir}/`}vendor/`),
  )
  return commented(
    folder
      ? 'The dependencies are in the vendor folder.'
      : build.neighbours
        ? 'All dependencies are modules of this repository.'
        : 'There are no dependencies.',
    bind('vendorHash', 'null'),
  )
}
