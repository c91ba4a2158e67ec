import type { SiteBuild } from '../project.js'
import { attributes, bind, commented, nixList, nixString, path, script } from './nix-text.js'
import { type FlakeInput, type Given, metaBindings, type Parts, packageOf, sourceBinding } from './parts.js'
import { gemsLet } from './ruby.js'

/** A site made by a generator, or a folder as it is. */
export function siteParts(given: Given<SiteBuild>): Parts {
  switch (given.build.kind) {
    case 'hugo':
      return generated(
        given,
        'pkgs.hugo',
        [
          'export HUGO_CACHEDIR=$TMPDIR',
          `hugo${given.build.withoutGit ? ' --enableGitInfo=false' : ''} --destination $out`,
        ],
        'hugo server',
      )
    case 'zola':
      return generated(given, 'pkgs.zola', ['zola build --output-dir $out'], 'zola serve')
    case 'mdbook':
      return generated(given, 'pkgs.mdbook', ['mdbook build --dest-dir $out'], 'mdbook serve')
    case 'jekyll':
      return jekyll(given)
    case 'mkdocs':
      return mkdocs(given)
    case 'html':
      return plainFolder(given)
  }
}

function generated(given: Given<SiteBuild>, tool: string, commands: string[], serve: string): Parts {
  const { build } = given
  const themes = build.themes.map((theme) => ({ ...theme, input: inputName(theme.path) }))
  const links = themes.flatMap(({ path: place, input }) => [
    `mkdir -p themes && rm -rf ${place}`,
    `ln -s \${${input}} ${place}`,
  ])
  const inputs: FlakeInput[] = themes.map(({ url, input }) => ({ name: input, url, flake: false }))
  return {
    inputs,
    package: `pkgs.stdenvNoCC.mkDerivation ${attributes([
      bind('name', nixString(build.pname)),
      sourceBinding(given),
      bind('nativeBuildInputs', `[ ${tool} ]`),
      bind('buildPhase', script(['runHook preBuild', ...links, ...commands, 'runHook postBuild'])),
      bind('dontInstall', 'true'),
      ...metaBindings(given, undefined),
    ])}`,
    apps: [preview(given, tool, serve)],
    shell: [tool],
    shellTakesInputs: false,
    checks: [buildCheck(given)],
  }
}

function inputName(place: string): string {
  return `theme-${(place.split('/').at(-1) ?? place).replace(/[^\w-]/g, '-')}`
}

function mkdocs(given: Given<SiteBuild>): Parts {
  const python = given.own('mkdocs')
  const plugins = ['mkdocs', ...given.build.plugins]
  const list = nixList(plugins.map((name) => `ps.${name}`))
  const value = `pkgs.python3.withPackages (ps: ${list});`
  const parts = generated(given, `(${python} pkgs)`, ['mkdocs build --site-dir $out'], 'mkdocs serve')
  const binding = list.includes('\n')
    ? `${python} =\n  pkgs:\n  ${value.replaceAll('\n', '\n  ')}`
    : `${python} = pkgs: ${value}`
  return { ...parts, lets: [commented('MkDocs, with its theme and plugins.', binding)] }
}

function jekyll(given: Given<SiteBuild>): Parts {
  const commands = [
    'export HOME=$TMPDIR JEKYLL_ENV=production',
    'jekyll build --destination $out --disable-disk-cache',
  ]
  if (!given.build.gems) return generated(given, 'pkgs.jekyll', commands, 'jekyll serve')
  const gems = given.own('gems')
  const parts = generated(given, `(${gems} pkgs)`, commands, 'jekyll serve')
  return { ...parts, lets: [gemsLet(gems, given.build.pname, given.project.dir, 'ruby')] }
}

function plainFolder(given: Given<SiteBuild>): Parts {
  const { build, project } = given
  const folder = build.folder === '' ? given.source : path(project.dir, build.folder)
  return {
    package: `pkgs.runCommand ${nixString(build.pname)} { } "cp -r \${${folder}} $out"`,
    apps: [
      {
        name: given.attribute,
        program: `lib.getExe (\n  pkgs.writeShellScriptBin "preview" ''\n    exec \${lib.getExe pkgs.darkhttpd} \${${packageOf(given)}} --addr 127.0.0.1\n  ''\n)`,
      },
    ],
    shell: ['pkgs.darkhttpd'],
    shellTakesInputs: false,
    checks: [buildCheck(given)],
  }
}

/** `nix run`: the generator's own server, which follows changes. */
function preview(given: Given<SiteBuild>, tool: string, command: string): Parts['apps'][number] {
  const program = tool.startsWith('(')
    ? `\${${tool.slice(1, -1)}}/bin/${command}`
    : `\${lib.getExe ${tool}}${command.slice(command.indexOf(' '))}`
  const dir = given.project.dir === '' ? '' : `cd ${given.project.dir} && `
  return {
    name: given.attribute,
    program: `lib.getExe (\n  pkgs.writeShellScriptBin "preview" ''\n    ${dir}exec ${program} "$@"\n  ''\n)`,
  }
}

function buildCheck(given: Given<SiteBuild>): Parts['checks'][number] {
  return { name: 'build', value: packageOf(given) }
}
