import type { DotnetBuild } from '../project.js'
import { attributes, bind, commented, nixList, nixString, path } from './nix-text.js'
import { type Given, metaBindings, type Parts, packageOf, sourceBinding } from './parts.js'

/** `buildDotnetModule`. */
export function dotnetParts(given: Given<DotnetBuild>): Parts {
  const { build, project } = given
  return {
    package: `pkgs.buildDotnetModule ${attributes([
      bind('pname', nixString(build.pname)),
      bind('version', '"0.1.0"'),
      sourceBinding(given),
      bind('projectFile', nixString(build.projectFile)),
      ...(build.packages
        ? [
            commented(
              'Packages of NuGet: `nix build .#default.fetch-deps && ./result deps.json` writes it.',
              bind('nugetDeps', path(project.dir, 'deps.json')),
            ),
          ]
        : []),
      bind('dotnet-sdk', `pkgs.dotnetCorePackages.sdk_${build.major}_0`),
      bind('dotnet-runtime', `pkgs.dotnetCorePackages.aspnetcore_${build.major}_0`),
      bind('executables', nixList([nixString(build.pname)])),
      commented(
        'Its settings and files lie beside it, not in the working directory.',
        bind(
          'makeWrapperArgs',
          nixList(['"--set"', '"ASPNETCORE_CONTENTROOT"', `"\${placeholder "out"}/lib/${build.pname}"`]),
        ),
      ),
      ...metaBindings(given, build.pname),
    ])}`,
    apps: [{ name: given.attribute, program: `lib.getExe ${packageOf(given)}` }],
    shell: [`pkgs.dotnetCorePackages.sdk_${build.major}_0`],
    shellTakesInputs: false,
    checks: [{ name: 'build', value: packageOf(given) }],
  }
}
