import { FAKE_HASH } from '../nixpkgs.js'
import type { PhpBuild } from '../project.js'
import { attributes, bind, commented, nixList, nixString, script } from './nix-text.js'
import { type Given, metaBindings, type Parts, packageOf, sourceBinding } from './parts.js'

/** PHP by php-fpm, behind a Caddy of its own: routes speak HTTP. */
export function phpParts(given: Given<PhpBuild>): Parts {
  const { build } = given
  const programs = build.laravel ? [serveScript(given), artisanScript(given)] : [serveScript(given)]
  return {
    lets: [
      phpLet(given),
      ...(build.composer ? [applicationLet(given)] : []),
      poolLet(given),
      caddyLet(given),
    ],
    package:
      programs.length === 1
        ? serveScript(given)
        : `pkgs.symlinkJoin ${attributes([
            bind('name', nixString(build.pname)),
            bind('paths', nixList(programs.map((text) => `(${text})`))),
            ...metaBindings(given, build.pname),
          ])}`,
    apps: [{ name: given.attribute, program: `lib.getExe ${packageOf(given)}` }],
    shell: [`(${given.own('php')} pkgs)`, `(${given.own('php')} pkgs).packages.composer`],
    shellTakesInputs: false,
    checks: [{ name: 'build', value: packageOf(given) }],
  }
}

function phpLet({ build, own }: Given<PhpBuild>): string {
  if (build.extensions.length === 0) return `${own('php')} = pkgs: pkgs.php;`
  const extensions = nixList(build.extensions.map((name) => `all.${name}`))
  return `${own('php')} =\n  pkgs: pkgs.php.withExtensions ({ enabled, all }: enabled ++ ${extensions});`
}

function applicationLet(given: Given<PhpBuild>): string {
  const { build, own } = given
  const application = `(${own('php')} pkgs).buildComposerProject2 ${attributes([
    bind('pname', nixString(build.pname)),
    bind('version', '"0.1.0"'),
    sourceBinding(given),
    commented(
      'Of the dependencies; changes with composer.lock. `slipway deploy --fix-hashes` writes the right one.',
      bind('vendorHash', nixString(FAKE_HASH)),
    ),
  ])}`
  return commented(
    'The source, with what Composer installs.',
    `${own('application')} =\n  pkgs:\n  ${application.replaceAll('\n', '\n  ')};`,
  )
}

/** Where the application lies, as a string of Nix. */
function folder(given: Given<PhpBuild>): string {
  const { build, own, source } = given
  return build.composer ? `\${${own('application')} pkgs}/share/php/${build.pname}` : `\${${source}}`
}

function poolLet({ own }: Given<PhpBuild>): string {
  const pool = `pkgs.writeText "php-fpm.conf" ${script([
    '[global]',
    'error_log = /dev/stderr',
    '[www]',
    `listen = ''\${FPM_SOCKET}`,
    'pm = ondemand',
    'pm.max_children = 16',
    'clear_env = no',
    'catch_workers_output = yes',
    'decorate_workers_output = no',
  ])}`
  return `${own('pool')} =\n  pkgs:\n  ${pool.replaceAll('\n', '\n  ')};`
}

function caddyLet(given: Given<PhpBuild>): string {
  const { build, own } = given
  const root = build.root === '' ? folder(given) : `${folder(given)}/${build.root}`
  const file = `pkgs.writeText "Caddyfile" ${script([
    '{',
    '  admin off',
    '  auto_https off',
    '  persist_config off',
    '  servers {',
    '    trusted_proxies static 127.0.0.1/32',
    '  }',
    '}',
    ':{$PORT:8000} {',
    '  bind 127.0.0.1',
    `  root ${root}`,
    '  php_fastcgi unix/{$FPM_SOCKET}',
    '  file_server',
    '}',
  ])}`
  return commented(
    'On loopback: nginx is in front.',
    `${own('caddyfile')} =\n  pkgs:\n  ${file.replaceAll('\n', '\n  ')};`,
  )
}

function serveScript(given: Given<PhpBuild>): string {
  const { build, own } = given
  const folders = build.laravel
    ? [
        `mkdir -p "''\${LARAVEL_STORAGE_PATH:?}"/{app,logs} "$LARAVEL_STORAGE_PATH"/framework/{cache,sessions,views}`,
      ]
    : []
  return `pkgs.writeShellApplication ${attributes([
    bind('name', nixString(build.pname)),
    bind('runtimeInputs', nixList([`(${own('php')} pkgs)`, 'pkgs.caddy', 'pkgs.coreutils'])),
    commented(
      'Neither runs without the other.',
      bind(
        'text',
        script([
          'home=$(mktemp -d)',
          `export HOME=$home FPM_SOCKET=$home/fpm.sock`,
          ...folders,
          `php-fpm --nodaemonize --fpm-config \${${own('pool')} pkgs} & fpm=$!`,
          `caddy run --adapter caddyfile --config \${${own('caddyfile')} pkgs} & caddy=$!`,
          'status=1',
          `trap 'status=0; kill "$fpm" "$caddy"' TERM INT`,
          'wait -n || true',
          'kill "$fpm" "$caddy" 2>/dev/null || true',
          'wait || true',
          'exit "$status"',
        ]),
      ),
    ),
  ])}`
}

function artisanScript(given: Given<PhpBuild>): string {
  return `pkgs.writeShellApplication ${attributes([
    bind('name', nixString(`${given.build.pname}-artisan`)),
    bind('runtimeInputs', nixList([`(${given.own('php')} pkgs)`])),
    bind('text', script([`exec php ${folder(given)}/artisan "$@"`])),
  ])}`
}
