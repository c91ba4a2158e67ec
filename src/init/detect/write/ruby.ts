import type { RubyBuild } from '../project.js'
import { attributes, bind, commented, nixList, nixString, path, script } from './nix-text.js'
import { type Given, metaBindings, type Parts, packageOf } from './parts.js'

/** Gems by bundlerEnv, and a program that starts puma with them. */
export function rubyParts(given: Given<RubyBuild>): Parts {
  const { build } = given
  const gems = given.own('gems')
  const programs = build.rails ? [serveScript(given), railsScript(given)] : [serveScript(given)]
  const joined = `pkgs.symlinkJoin ${attributes([
    bind('name', nixString(build.pname)),
    bind('paths', nixList(programs.map((text) => `(${text})`))),
    ...metaBindings(given, build.pname),
  ])}`
  return {
    lets: [
      gemsLet(gems, build.pname, given.project.dir, build.interpreter),
      ...(build.assets ? [assetsLet(given)] : []),
    ],
    package: programs.length === 1 ? serveScript(given) : joined,
    apps: [{ name: given.attribute, program: `lib.getExe ${packageOf(given)}` }],
    shell: [`(${gems} pkgs)`, `(${gems} pkgs).wrappedRuby`, 'pkgs.bundix'],
    shellTakesInputs: false,
    checks: [{ name: 'build', value: packageOf(given) }],
  }
}

/** The gems of a folder's Gemfile.lock. */
export function gemsLet(name: string, pname: string, dir: string, ruby: string): string {
  const env = attributes([
    bind('name', nixString(`${pname}-gems`)),
    ...(ruby === 'ruby' ? [] : [bind('ruby', `pkgs.${ruby}`)]),
    bind('gemdir', path(dir)),
  ])
  return commented(
    'The gems of Gemfile.lock, fetched by gemset.nix, which `bundix` writes from it.',
    `${name} =\n  pkgs:\n  pkgs.bundlerEnv ${env.replaceAll('\n', '\n  ')};`,
  )
}

/** Rails' assets, in a copy of the source. */
function assetsLet(given: Given<RubyBuild>): string {
  const build = `pkgs.runCommand "compiled" { nativeBuildInputs = [ (${given.own('gems')} pkgs) (${given.own('gems')} pkgs).wrappedRuby ]; } ${script(
    [
      `cp -r \${${given.source}} $out && chmod -R u+w $out && cd $out`,
      'RAILS_ENV=production SECRET_KEY_BASE_DUMMY=1 rails assets:precompile',
    ],
  )}`
  return commented(
    'The source, with its assets compiled.',
    `${given.own('compiled')} =\n  pkgs:\n  ${build.replaceAll('\n', '\n  ')};`,
  )
}

function source(given: Given<RubyBuild>): string {
  return given.build.assets ? `${given.own('compiled')} pkgs` : given.source
}

function serveScript(given: Given<RubyBuild>): string {
  const { build } = given
  const port = `''\${PORT:-9292}`
  const command =
    build.serve.kind === 'rack'
      ? `exec puma --dir \${${source(given)}} --bind "tcp://127.0.0.1:${port}" \${${source(given)}}/config.ru "$@"`
      : `exec ruby \${${source(given)}}/${build.serve.file} -o 127.0.0.1 -p "${port}" "$@"`
  return application(given, build.pname, [command])
}

function railsScript(given: Given<RubyBuild>): string {
  return application(given, `${given.build.pname}-rails`, [`cd \${${source(given)}}`, 'exec rails "$@"'])
}

function application(given: Given<RubyBuild>, name: string, lines: string[]): string {
  const { build } = given
  const gems = `(${given.own('gems')} pkgs)`
  const environment = build.rails
    ? [
        bind('BOOTSNAP_CACHE_DIR', '"/tmp"'),
        bind('RAILS_ENV', '"production"'),
        bind('RAILS_LOG_TO_STDOUT', '"1"'),
        bind('RAILS_SERVE_STATIC_FILES', '"1"'),
      ]
    : [bind('RACK_ENV', '"production"')]
  return `pkgs.writeShellApplication ${attributes([
    bind('name', nixString(name)),
    bind('runtimeInputs', nixList([gems, `${gems}.wrappedRuby`])),
    environment.length === 1 ? `runtimeEnv.${environment[0]}` : bind('runtimeEnv', attributes(environment)),
    bind('text', script(lines)),
  ])}`
}
