import type { PythonServer } from '../config/resolved.js'
import { DESCRIBE, nixString } from './nix-command.js'

/**
 * A Nix function that puts a Python package and a server into an environment of the package's own Python, as nixpkgs'
 * `withPackages` does: so programs find all that the package depends on. A package of `buildPythonPackage` tells its
 * Python as `pythonModule`; of `buildPythonApplication` it is among what it is built with. What is an environment
 * already, or an interpreter, stays as it is.
 */
function environmentOf(server: PythonServer): string {
  return (
    'package: let ' +
    'own = package.pythonModule or false; ' +
    'near = builtins.filter (one: one ? withPackages) (package.nativeBuildInputs or [ ]); ' +
    'isWhole = package ? withPackages; ' +
    'python = if isWhole then package else if own != false then own else if near != [ ] then builtins.head near ' +
    'else throw "slipway: this is no Python package: buildPythonPackage or buildPythonApplication make one"; ' +
    'module = if own != false then package else python.pkgs.toPythonModule package; ' +
    'with_ = more: if isWhole then package else python.withPackages (ps: [ module ] ++ more ps); ' +
    `in ${server === 'uwsgi' ? UWSGI : `with_ (ps: [ ps.${nixString(server)} ])`}`
  )
}

/** uWSGI is no package of Python's: it has a plugin for each, and is told where the environment is. */
const UWSGI =
  'let environment = with_ (_: [ ]); pkgs = python.pkgs.pkgs; ' +
  'uwsgi = pkgs.uwsgi.override { plugins = [ "python3" ]; python3 = python.python or python; }; ' +
  'start = pkgs.writeShellScriptBin "uwsgi" ' +
  "''" +
  `exec \${uwsgi}/bin/uwsgi --plugin python3 --pyhome \${environment} ` +
  `--set-placeholder site-packages=\${environment}/\${python.sitePackages} "$@"` +
  "''; " +
  `in pkgs.symlinkJoin { name = "\${environment.name}-uwsgi"; paths = [ start environment ]; }`

/** What a deploy needs to know of such an environment, as a Nix function of the package. */
export function describeEnvironment(server: PythonServer): string {
  return `package: (${DESCRIBE}) ((${environmentOf(server)}) package)`
}
