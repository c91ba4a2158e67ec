import type { Sourced } from './provenance.js'
import type { Found, Where } from './tree.js'

/** What was recognised in a folder. */
export interface Detection {
  /** The folder's name. */
  name: string
  /** Nix that is there already, and that is used as it is. */
  nix: ExistingNix | undefined
  /** What is built, each by a package of its own. */
  projects: Project[]
  /** What else was found, and is left alone: `docs: an MkDocs site`. */
  others: string[]
  /** Files that would have been read, and could not be. */
  unread: { file: string; why: string }[]
}

/** A Nix file the repository has already. */
export type ExistingNix =
  | { kind: 'flake'; outputs: FlakeOutputs }
  /** A `default.nix`. */
  | { kind: 'file'; file: string }

/** The names a flake offers, and whether Nix said so or they were only read in its text. */
export interface FlakeOutputs {
  evaluated: boolean
  packages: string[]
  /** The program that each package runs, as far as Nix could tell. */
  mainPrograms?: Record<string, string>
  apps: string[]
  checks: string[]
  nixosModules: string[]
}

/** Something that one Nix package builds. */
export interface Project {
  /** Its folder; '' for the root. */
  dir: string
  /** The folder that it is built from, where that is more than its own: the top of a workspace. */
  source?: string
  /** As its manifest has it, or the folder's. */
  name: string
  description: string | undefined
  /** What it is, for people: `Rust crate`. */
  what: string
  at: Where
  /** Whether its source is in submodules, too. */
  submodules?: boolean
  build: Build
  /** Whether it lies below another one, and is deployed only if that is asked for. */
  beside?: boolean
  /** What could run or be served. */
  programs: Program[]
  /** What was found beside the programs: libraries, toolchains, checks. */
  facts: Fact[]
  /** What the user should know. */
  notes: string[]
}

/** A line of what was found: `native: openssl (Cargo.lock:12)`. */
export interface Fact {
  label: string
  text: string
  at?: Where | undefined
}

/** Something that can be deployed: a program of the package, or files to serve. */
export interface Program {
  name: string
  kind: 'service' | 'site'
  /** Whether it was seen to listen; a site always is. */
  serves: boolean
  listen?: Found<ListenChoice>
  /** How it may listen, where its source doesn't tell: what a Dockerfile exposes. */
  listenHint?: Found<ListenChoice>
  health?: Found<HealthPath>
  /** The SQLite database it keeps. */
  state?: Found<Database>
  /** Variables that name a folder it keeps files in. */
  folders?: Found<string>[]
  /** Folders of the repository that it reads at run time. */
  assets: Found<string>[]
  /** Environment variables it reads, beside those for listening and its database. */
  variables: Variable[]
  /** The URL that the repository says it has. */
  url?: Found<string>
  /** The path of a URL, `/docs/`, below which it was made to be served. */
  base?: Found<string>
  /** The page of a site that answers for paths without a file, since its routes are the browser's. */
  fallback?: Sourced<string>
  /** Whether its package says that it is the one to run: cargo's `default-run`. */
  preferred?: boolean
  /** Programs of the same package that run beside it. */
  processes: { name: string; run: string; env: Record<string, string>; at: Where }[]
  notes: string[]
}

/** A path that is asked about health. */
export interface HealthPath {
  path: string
  /** Whether it is merely the first route, with no name that speaks of health. */
  guess: boolean
}

/** An environment variable that is left to the user. */
export interface Variable extends Found<string> {
  /** Whether the line that reads it fails without it. */
  required: boolean
}

/** How a program listens, and the variables that make it. */
export interface ListenChoice {
  listen: ListenMode
  env: Record<string, string>
  /** For people: `reads $PORT`. */
  why: string
  /** Whether that holds only where the program is started as a flake of `init` starts it. */
  byInit?: true
  /** Whether the port is merely a usual one, which nothing names. */
  usual?: boolean
}

/** `service()`'s `listen`: `none` for a background worker. */
export type ListenMode = { port: number } | 'port' | 'unix' | 'socket' | 'none'

/** A SQLite database that a program opens. */
export interface Database {
  /** As the source names it; undefined where it doesn't. */
  path: string | undefined
  /** The variable that says where it lies. */
  variable: string | undefined
  /** What its library wants before and after the path in the variable, where a path alone won't do. */
  form?: readonly [before: string, after: string]
  /** Whether the variable may as well name a server's database: the program knows both. */
  maybeServer?: boolean
  /** Whether it lies beside the source, which is read-only where a release runs. */
  besideSource?: boolean
}

/** What a package is built from and with: all its template needs to know. */
export type Build =
  | RustBuild
  | GoBuild
  | PythonBuild
  | NodeBuild
  | RubyBuild
  | ElixirBuild
  | PhpBuild
  | DotnetBuild
  | JavaBuild
  | SiteBuild

export interface RustBuild {
  kind: 'rust'
  pname: string
  /** The manifest that has the version, and the path to it there. */
  version: { file: string; path: string[] } | undefined
  /** One crate of each git repository it depends on: their sources need a hash. */
  gitCrates: string[]
  nativeBuildInputs: string[]
  buildInputs: string[]
  env: Record<string, string>
  /** Whether `rust-toolchain.toml` asks for a toolchain other than nixpkgs'. */
  toolchainFile: string | undefined
  /** Features that programs are not built without, by the program. */
  features: Record<string, string[]>
  /** Programs that cargo builds only where the whole workspace is asked for. */
  onlyInWorkspace: string[]
  checks: { clippy: boolean; fmt: boolean; doc: boolean; audit: boolean }
  unstable: boolean
}

export interface GoBuild {
  kind: 'go'
  pname: string
  vendor: 'hash' | 'none'
  /** Whether other modules of the repository are part of it. */
  neighbours: boolean
  nativeBuildInputs: string[]
  buildInputs: string[]
  tags: string[]
  checks: { staticcheck: boolean }
  unstable: boolean
}

export interface PythonBuild {
  kind: 'python'
  pname: string
  /** An attribute of nixpkgs: `python3`. */
  interpreter: string
  /** Attributes of `python3Packages`. */
  dependencies: string[]
  /** Where the modules lie, relative to the project. */
  sourceRoot: string
  /** How it is installed, where it is a package of its own. */
  install: PythonInstall | undefined
  serve: PythonServe
  django: DjangoBuild | undefined
  checks: { ruff: boolean; pytest: boolean }
}

/** What a Django project takes beside its server. */
export interface DjangoBuild {
  /** The settings module that both programs are told; undefined where the project's own files name it. */
  settings: string | undefined
  /** The SQLite file that the settings keep beside the source: its place is the state directory. */
  database: string | undefined
  /** Variables that the settings need where collectstatic runs; undefined where it doesn't. */
  collect: Record<string, string> | undefined
}

/** A Python project that is a package of its own. */
export interface PythonInstall {
  buildSystem: string[]
  version: { file: string; path: string[] } | undefined
  /** Attributes of `python3Packages`. */
  dependencies: string[]
  /** Dependencies that nixpkgs has under another name. */
  renamed: string[]
}

/** What starts a Python application. */
export type PythonServe =
  | { server: 'gunicorn' | 'uvicorn' | 'hypercorn' | 'uwsgi'; app: string; factory: boolean }
  /** A script of the package. */
  | { server: 'script'; script: string }
  /** A file. */
  | { server: 'file'; file: string }

export interface NodeBuild {
  kind: 'node'
  pname: string
  /** Whether package.json has a version. */
  versioned: boolean
  /** `none`: it has no dependencies and nothing to build. */
  manager: 'npm' | 'pnpm' | 'yarn' | 'yarn-berry' | 'bun' | 'none'
  /** The attribute of nixpkgs with a Yarn that reads the lock file: `yarn-berry_4`. */
  yarn: string | undefined
  /** Whether missing-hashes.json lies beside Yarn's lock file. */
  missingHashes: boolean
  /** An attribute of nixpkgs: `nodejs`. */
  interpreter: string
  /** Its folder in the workspace that it is built from; '' where it is on its own. */
  member: string
  /** As the package is called, with its scope. */
  memberName: string
  /** What builds it, in order. */
  steps: NodeBuildStep[]
  nativeBuildInputs: string[]
  buildInputs: string[]
  /** Variables of the build. */
  env: Record<string, string>
  output: NodeOutput
  /** Scripts that check it: `lint`, `test`. */
  checks: string[]
}

/** A step of a build: a script of the package or of another one of its workspace, or a program of a package. */
export type NodeBuildStep =
  | { script: string; of?: { dir: string; name: string } }
  | { command: readonly string[] }

/** What of a Node project runs or is served. */
export type NodeOutput =
  | NodeServer
  /** Next.js with `output: 'standalone'`. */
  | { kind: 'next-standalone'; hasPublic: boolean }
  /** A folder of files. */
  | { kind: 'site'; dir: string }

/** A program that keeps running. */
export interface NodeServer {
  kind: 'server'
  /** What runs it where that isn't Node: a program of a package. */
  tool: string | undefined
  /** Its command line: options, the file, arguments. */
  words: NodeWord[]
  /** What it needs of the folder, all of it where undefined. */
  files: string[] | undefined
  /** Variables that it always has: those that make it listen on loopback. */
  env: Record<string, string>
  /** Variables of its start script, which hold unless the service sets them. */
  defaults: Record<string, string>
  /** Whether it has to start in its folder, as npm starts it. */
  chdir: boolean
  /** Whether packages for development stay, since one of them runs it. */
  keepsDevelopment: boolean
}

/** A word of a command line. */
export interface NodeWord {
  /** Where it has variables, what a shell reads between double quotes. */
  text: string
  variables: boolean
  /** Whether it is a path below the package's folder. */
  isPath: boolean
}

export interface RubyBuild {
  kind: 'ruby'
  pname: string
  /** An attribute of nixpkgs: `ruby_3_4`. */
  interpreter: string
  rails: boolean
  /** Whether Rails has assets to compile. */
  assets: boolean
  /** A Rack application's `config.ru`, or a file that runs by itself. */
  serve: { kind: 'rack' } | { kind: 'file'; file: string }
}

export interface ElixirBuild {
  kind: 'elixir'
  pname: string
  phoenix: boolean
  /** Whether there is anything to fetch. */
  dependencies: boolean
}

export interface PhpBuild {
  kind: 'php'
  pname: string
  /** Whether Composer installs packages. */
  composer: boolean
  /** The folder that is served, relative to the project. */
  root: string
  /** Extensions that PHP has only where it is asked to. */
  extensions: string[]
  laravel: boolean
}

export interface DotnetBuild {
  kind: 'dotnet'
  pname: string
  projectFile: string
  /** 8 of .NET 8. */
  major: number
  /** Whether packages of NuGet are to be fetched. */
  packages: boolean
}

export interface JavaBuild {
  kind: 'java'
  tool: 'maven' | 'gradle'
  pname: string
  /** An attribute of nixpkgs. */
  jdk: string
  /** What is run to build it. */
  task: 'package' | 'bootJar' | 'installDist'
}

export interface SiteBuild {
  kind: 'hugo' | 'zola' | 'mkdocs' | 'mdbook' | 'jekyll' | 'html'
  pname: string
  /** Themes that are git submodules, which a flake doesn't see: where they belong, and where they come from. */
  themes: { path: string; url: string }[]
  /** Whether Hugo has to be told that there is no history of git. */
  withoutGit?: boolean
  /** Whether Jekyll and its plugins come from a Gemfile. */
  gems?: boolean
  /** Python packages of MkDocs' themes and plugins. */
  plugins: string[]
  /** The folder with the files of a plain site, relative to the project. */
  folder: string
}
