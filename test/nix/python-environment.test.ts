import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { PythonServer } from '../../src/config/resolved.js'
import { SlipwayError } from '../../src/errors.js'
import { evaluate } from '../../src/nix/evaluate.js'
import { localNix } from '../../src/nix/nix-runner.js'
import { derivation, type Folder, SYSTEM, temporaryFolder, WITHOUT_NIX } from './samples.js'

const named = (name: string) => derivation(name, 'echo > $out')

/** As much of nixpkgs' Python as an environment takes. */
const PYTHON = `rec {
  python = (${named('python')}) // { inherit pkgs withPackages; sitePackages = "lib/python"; };
  withPackages = choose: derivation {
    name = "env-" + builtins.concatStringsSep "-" (map (one: one.name) (choose pkgs));
    system = "${SYSTEM}"; builder = "/bin/sh"; args = [ "-c" "echo > $out" ];
  };
  pkgs = {
    gunicorn = ${named('gunicorn')};
    uvicorn = ${named('uvicorn')};
    toPythonModule = one: one // { pythonModule = python; name = "module-" + one.name; };
    pkgs = {
      uwsgi.override = { plugins, python3 }: (${named('uwsgi')}) // { of = python3.name; };
      writeShellScriptBin = name: text: { inherit name text; };
      symlinkJoin = { name, paths }: derivation {
        name = name + "-" + builtins.concatStringsSep "-" (map (one: one.name) paths);
        system = "${SYSTEM}"; builder = "/bin/sh"; args = [ "-c" "echo > $out" ]; text = (builtins.head paths).text;
      };
    };
  };
}`

describe('an environment of Python', { skip: WITHOUT_NIX }, () => {
  let folder: Folder
  before(() => {
    folder = temporaryFolder()
    folder.write({
      'flake.nix': `{
        outputs = { self }: let all = ${PYTHON}; in { packages.${SYSTEM} = {
          library = (${named('blog')}) // { pythonModule = all.python; };
          application = (${named('shop')}) // { nativeBuildInputs = [ { name = "hook"; } all.python ]; };
          whole = (${named('whole')}) // { inherit (all) pkgs withPackages; sitePackages = "lib/python"; };
          other = ${named('other')};
        }; };
      }`,
      'blog.nix': `let all = ${PYTHON}; in (${named('blog')}) // { pythonModule = all.python; }`,
    })
    folder.git('init', '-q')
    folder.git('add', '.')
  })
  after(() => folder.remove())

  const built = async (flake: string, server: PythonServer) =>
    (await evaluate(localNix(folder.path), 'services.web.package', { flake, server }, {})).name

  it('has a package, and a server of the same Python', async () => {
    assert.equal(await built('.#library', 'gunicorn'), 'env-blog-gunicorn')
    assert.equal(await built('.#library', 'uvicorn'), 'env-blog-uvicorn')
  })

  it('of an application, too: its Python is what it is built with', async () => {
    assert.equal(await built('.#application', 'gunicorn'), 'env-module-shop-gunicorn')
  })

  it('with uWSGI beside it, which is told where it is', async () => {
    assert.equal(await built('.#library', 'uwsgi'), 'env-blog-uwsgi-uwsgi-env-blog')
  })

  it('stays as it is where the package is one', async () => {
    assert.equal(await built('.#whole', 'gunicorn'), 'whole')
  })

  it('of a file', async () => {
    const ref = { file: './blog.nix', attr: undefined, server: 'gunicorn' } as const
    const { name } = await evaluate(localNix(folder.path), 'services.web.package', ref, {})
    assert.equal(name, 'env-blog-gunicorn')
  })

  it('of no Python package is an error that says so', async () => {
    await assert.rejects(built('.#other', 'gunicorn'), (error) => {
      assert.ok(error instanceof SlipwayError)
      assert.match(
        error.parts.why ?? '',
        /this is no Python package: buildPythonPackage or buildPythonApplication/,
      )
      return true
    })
  })
})
