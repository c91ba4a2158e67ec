import { XMLParser } from 'fast-xml-parser'
import { parse as parseYaml } from 'yaml'
import { environmentReads } from '../environment.js'
import { findListening } from '../listening.js'
import { list, type Table, table, text } from '../manifest.js'
import { NIXPKGS } from '../nixpkgs.js'
import type { JavaBuild, ListenChoice, Program, Project } from '../project.js'
import { findHealth } from '../routes.js'
import { serviceProgram } from '../service-program.js'
import { folderName } from '../sites/site.js'
import { readSources, withoutComments } from '../source.js'
import { type FileTree, type Found, filesIn, hasFile, inDir, whereIs } from '../tree.js'

const PORTS = [
  /\b(?:InetSocketAddress|listen|start|port|setPort)\(\s*(?:"[^"]*"\s*,\s*)?(?<port>\d{2,5})\s*\)/,
]

/** A Java or Kotlin application that Maven or Gradle builds. */
export function recogniseJava(tree: FileTree, dir: string): Project | undefined {
  const found = fromMaven(tree, dir) ?? fromGradle(tree, dir)
  if (!found) return undefined
  const { manifest, name, build, spring, at, notes } = found
  const framework = spring ? 'Spring Boot' : 'Java'
  return {
    dir,
    name,
    description: found.description,
    what: `${framework} application`,
    at,
    build,
    programs: [describe(tree, dir, name, spring, manifest)],
    facts: [
      {
        label: 'built by',
        text: build.tool === 'maven' ? 'Maven' : 'Gradle',
        at: { file: manifest, line: 1 },
      },
    ],
    notes,
  }
}

interface Recognised {
  manifest: string
  name: string
  description: string | undefined
  build: JavaBuild
  spring: boolean
  at: Found<string>['at']
  notes: string[]
}

function fromMaven(tree: FileTree, dir: string): Recognised | undefined {
  const manifest = inDir(dir, 'pom.xml')
  if (!hasFile(tree, manifest)) return undefined
  const parser = new XMLParser({
    parseTagValue: false,
    isArray: (tag) => ['dependency', 'plugin', 'module'].includes(tag),
  })
  const pom = table(parser.parse(tree.read(manifest) ?? ''), 'project')
  const name = text(pom, 'artifactId') ?? folderName(tree, dir)
  // What only joins modules has no program of its own.
  if (text(pom, 'packaging') === 'pom') return undefined
  const plugins = list(pom, 'build', 'plugins', 'plugin').map((plugin) => text(plugin, 'artifactId'))
  const spring = plugins.includes('spring-boot-maven-plugin')
  const properties = table(pom, 'properties')
  const java =
    text(properties, 'java.version') ??
    text(properties, 'maven.compiler.release') ??
    text(properties, 'maven.compiler.target')
  return {
    manifest,
    name,
    description: text(pom, 'description'),
    build: { kind: 'java', tool: 'maven', pname: name, jdk: jdkFor(java), task: 'package' },
    spring,
    at: whereIs(tree, manifest, new RegExp(`<artifactId>${name}<`)),
    notes:
      spring || mainClass(pom)
        ? []
        : [
            `${manifest} makes no jar that runs by itself: add spring-boot-maven-plugin, maven-shade-plugin or a manifest with its main class`,
          ],
  }
}

function mainClass(pom: Table): boolean {
  return /"mainClass"|maven-shade-plugin|maven-assembly-plugin/.test(JSON.stringify(table(pom, 'build')))
}

function fromGradle(tree: FileTree, dir: string): Recognised | undefined {
  const manifest = ['build.gradle.kts', 'build.gradle']
    .map((file) => inDir(dir, file))
    .find((file) => hasFile(tree, file))
  if (manifest === undefined) return undefined
  const script = withoutComments(tree.read(manifest) ?? '', 'c')
  const plugin = (id: string) => new RegExp(`\\bid\\s*\\(?\\s*["']${id}["']`).test(script)
  const spring = plugin('org\\.springframework\\.boot')
  if (
    !spring &&
    !plugin('application') &&
    !/^\s*application\s*$/m.test(script) &&
    !/\bapplication\s*\{/.test(script)
  )
    return undefined
  const settings = ['settings.gradle.kts', 'settings.gradle']
    .map((file) => tree.read(inDir(dir, file)))
    .find(Boolean)
  const name = /rootProject\.name\s*=\s*["']([^"']+)["']/.exec(settings ?? '')?.[1] ?? folderName(tree, dir)
  const java = /(?:JavaLanguageVersion\.of\(|JavaVersion\.VERSION_|jvmToolchain\()\s*(\d+)/.exec(script)?.[1]
  const deps = inDir(dir, 'deps.json')
  return {
    manifest,
    name,
    description: undefined,
    build: {
      kind: 'java',
      tool: 'gradle',
      pname: name,
      jdk: jdkFor(java),
      task: spring ? 'bootJar' : 'installDist',
    },
    spring,
    at: { file: manifest, line: 1 },
    notes: hasFile(tree, deps)
      ? []
      : [
          `there is no ${deps}, by which Nix fetches what Gradle needs: write \`{}\` to it and \`git add\` it, then \`$(nix build --no-link --print-out-paths .#default.mitmCache.updateScript)\`, and again whenever dependencies change`,
        ],
  }
}

/** A JDK of nixpkgs for a version of Java: that one, or the next that it has. */
function jdkFor(version: string | undefined): string {
  const wanted = Number(version?.replace(/^1\./, '') ?? Number.NaN)
  const known = NIXPKGS.jdks.find((jdk) => jdk >= wanted)
  return known === undefined ? 'jdk_headless' : `jdk${known}_headless`
}

function describe(tree: FileTree, dir: string, name: string, spring: boolean, manifest: string): Program {
  const files = filesIn(tree, inDir(dir, 'src/main')).filter((file) => /\.(?:java|kt)$/.test(file))
  const sources = readSources(tree, files, 'c')
  const reads = environmentReads(sources)
  return serviceProgram(name, {
    reads,
    listen: spring ? springListen(tree, dir, manifest) : findListening(sources, reads, { ports: PORTS }),
    health: findHealth(sources),
    state: undefined,
    assets: [],
  })
}

/** `server.port` of Spring's properties, or its default; $SERVER_PORT says otherwise. */
function springListen(tree: FileTree, dir: string, manifest: string): Found<ListenChoice> {
  const resources = inDir(dir, 'src/main/resources')
  const properties = `${resources}/application.properties`
  const yaml = ['yml', 'yaml']
    .map((ending) => `${resources}/application.${ending}`)
    .find((file) => hasFile(tree, file))
  const plain = /^\s*server\.port\s*[=:]\s*(?:\$\{\w+:)?(\d+)/m.exec(tree.read(properties) ?? '')?.[1]
  const nested = yaml && /\d+/.exec(String(table(parseYaml(tree.read(yaml) ?? ''), 'server').port ?? ''))?.[0]
  const port = Number(plain ?? nested ?? 8080)
  const at = plain
    ? whereIs(tree, properties, /^\s*server\.port/)
    : nested && yaml
      ? whereIs(tree, yaml, /^\s*port:/)
      : { file: manifest, line: 1 }
  return { value: { listen: { port }, env: { SERVER_PORT: String(port) }, why: 'reads $SERVER_PORT' }, at }
}
