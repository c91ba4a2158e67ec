import { FAKE_HASH } from '../nixpkgs.js'
import type { JavaBuild } from '../project.js'
import { attributes, bind, commented, nixList, nixString, path, script } from './nix-text.js'
import { type Given, metaBindings, type Parts, packageOf, sourceBinding } from './parts.js'

/** A jar that Maven or Gradle makes, and a program that starts it. */
export function javaParts(given: Given<JavaBuild>): Parts {
  const { build } = given
  const tool = build.tool === 'maven' ? 'maven' : 'gradle'
  return {
    package: build.tool === 'maven' ? maven(given) : gradle(given),
    apps: [{ name: given.attribute, program: `lib.getExe ${packageOf(given)}` }],
    shell: [`pkgs.${build.jdk}`, `pkgs.${tool}`],
    shellTakesInputs: false,
    checks: [{ name: 'build', value: packageOf(given) }],
  }
}

function maven(given: Given<JavaBuild>): string {
  const { build } = given
  return `pkgs.maven.buildMavenPackage ${attributes([
    bind('pname', nixString(build.pname)),
    bind('version', '"0.1.0"'),
    sourceBinding(given),
    bind('mvnJdk', `pkgs.${build.jdk}`),
    commented(
      'Of the dependencies; changes with pom.xml. `slipway deploy --fix-hashes` writes the right one.',
      bind('mvnHash', nixString(FAKE_HASH)),
    ),
    bind('nativeBuildInputs', '[ pkgs.makeWrapper ]'),
    installPhase(build, 'target'),
    ...metaBindings(given, build.pname),
  ])}`
}

function gradle(given: Given<JavaBuild>): string {
  const { build, project } = given
  const fetched = `pkgs.gradle.fetchDeps ${attributes([
    bind('pkg', 'finalAttrs.finalPackage'),
    bind('data', path(project.dir, 'deps.json')),
  ])}`
  return `pkgs.stdenv.mkDerivation (finalAttrs: ${attributes([
    bind('pname', nixString(build.pname)),
    bind('version', '"0.1.0"'),
    sourceBinding(given),
    bind('nativeBuildInputs', nixList(['pkgs.gradle', 'pkgs.makeWrapper'])),
    commented('What Gradle fetches: `mitmCache.updateScript` writes deps.json.', bind('mitmCache', fetched)),
    bind('gradleFlags', nixList([`"-Dorg.gradle.java.home=\${pkgs.${build.jdk}}"`])),
    bind('gradleBuildTask', nixString(build.task)),
    build.task === 'bootJar' ? installPhase(build, 'build/libs') : installDist(build),
    ...metaBindings(given, build.pname),
  ])})`
}

/** The jar that runs by itself, and Java to run it: on loopback, since nginx is in front. */
function installPhase(build: JavaBuild, folder: string): string {
  const jar = `$out/share/${build.pname}.jar`
  return bind(
    'installPhase',
    script([
      'runHook preInstall',
      `rm -f ${folder}/*-plain.jar ${folder}/*-sources.jar ${folder}/original-*.jar`,
      `install -Dm644 ${folder}/*.jar ${jar}`,
      `makeWrapper \${lib.getExe pkgs.${build.jdk}} $out/bin/${build.pname} \\`,
      `  --add-flags "-jar ${jar}" \\`,
      '  --set-default SERVER_ADDRESS 127.0.0.1',
      'runHook postInstall',
    ]),
  )
}

/** What the plugin `application` lays out. */
function installDist(build: JavaBuild): string {
  return bind(
    'installPhase',
    script([
      'runHook preInstall',
      `mkdir -p $out && cp -r build/install/${build.pname}/. $out`,
      `wrapProgram $out/bin/${build.pname} --set-default JAVA_HOME \${pkgs.${build.jdk}}`,
      'runHook postInstall',
    ]),
  )
}
