import { shellQuote } from '../../../shell-quote.js'
import type { NodeBuild, NodeServer, NodeWord } from '../project.js'
import { bind, commented, script } from './nix-text.js'

/** What nothing in a shell, in a Nix string or in makeWrapper's arguments makes anything of. */
const PLAIN = /^[\w@%+=:,./-]+$/

/** Text for a string of Nix between two single quotes each. */
export function inNixScript(text: string): string {
  return text.replaceAll("''", "'''").replaceAll('${', "''${")
}

/** A word for a shell, with the folder that a path is below; the folder's own variables are the shell's. */
function shellWord({ text, variables, isPath }: NodeWord, folder: string): string {
  const below = isPath ? `${folder}/` : ''
  if (variables) return `"${text}"`
  if (PLAIN.test(text)) return `${below}${text}`
  return `${below}'${text.replaceAll("'", `'\\''`)}'`
}

/** `exec` of a server whose files lie in a folder of the store. */
export function execLine(output: NodeServer, runtime: string, folder: string): string {
  const words = output.words.map((word) => inNixFolder(shellWord(word, '\0'), folder))
  return ['exec', runtime, ...words, '"$@"'].join(' ')
}

/** `${src}` of Nix stands for the folder, all else is the shell's. */
function inNixFolder(text: string, folder: string): string {
  return text.split('\0').map(inNixScript).join(folder)
}

/** Where the package is; the package of a workspace is below it. */
function folders({ pname, member }: NodeBuild): { whole: string; own: string } {
  const whole = `$out/lib/${pname}`
  return { whole, own: member === '' ? whole : `${whole}/${member}` }
}

/** A program in `$out/bin` that runs Node, or a program of a package, with these words. */
function wrapper(
  build: NodeBuild,
  output: Pick<NodeServer, 'tool' | 'words' | 'env' | 'defaults' | 'chdir'>,
): string[] {
  const { whole, own } = folders(build)
  const node = `pkgs.${build.interpreter}`
  // pnpm and Yarn 4 install programs where they are needed, npm and Yarn 1 at the top.
  const modules = build.manager === 'pnpm' ? own : whole
  const program =
    output.tool === undefined ? `\${lib.getExe ${node}}` : `${modules}/node_modules/.bin/${output.tool}`
  const words = output.words.map((word) => shellWord(word, '\0')).join(' ')
  const flags = [
    ...(output.tool === undefined ? [] : [`--prefix PATH : \${lib.makeBinPath [ ${node} ]}`]),
    ...(output.chdir ? [`--chdir ${own}`] : []),
    ...(words === '' ? [] : [`--add-flags ${argument(words, own)}`]),
    '--set NODE_ENV production',
    ...Object.entries(output.env).map(([name, value]) => `--set ${name} ${quoted(value)}`),
    ...Object.entries(output.defaults)
      .filter(([name]) => name !== 'NODE_ENV')
      .map(([name, value]) => `--set-default ${name} ${quoted(value)}`),
  ]
  return [
    `makeWrapper ${program} $out/bin/${build.pname} \\`,
    ...flags.map((flag, index) => `  ${flag}${index < flags.length - 1 ? ' \\' : ''}`),
  ]
}

/** Words as one argument of makeWrapper, which copies it into a script: `$out` is known now, the rest is for then. */
function argument(words: string, folder: string): string {
  if (/^[\w@%+=:,./\0-]+$/.test(words)) return words.replaceAll('\0', folder)
  const escaped = inNixScript(words.replace(/["\\$`]/g, '\\$&'))
  return `"${escaped.replaceAll('\0', folder)}"`
}

/** The phase that installs what runs, or the site. */
export function installBinding(build: NodeBuild, prune: string | undefined): string {
  const { output, member } = build
  const { whole, own } = folders(build)
  const below = member === '' ? '' : `${member}/`
  const phase = (lines: string[]) =>
    bind('installPhase', script(['runHook preInstall', ...lines, 'runHook postInstall']))
  switch (output.kind) {
    case 'site':
      return phase([`cp -r ${quoted(`${below}${output.dir}`)} $out`])
    case 'next-standalone':
      return commented(
        'What `next build` traced as needed, and the files it serves.',
        phase([
          `mkdir -p ${whole}`,
          `cp -r ${below}.next/standalone/. ${whole}`,
          `cp -r ${below}.next/static ${own}/.next/static`,
          ...(output.hasPublic ? [`cp -r ${below}public ${own}/public`] : []),
          ...wrapper(build, {
            tool: undefined,
            words: [{ text: 'server.js', variables: false, isPath: true }],
            env: { HOSTNAME: '127.0.0.1' },
            defaults: {},
            chdir: false,
          }),
        ]),
      )
    case 'server': {
      const { files } = output
      const needsModules = files === undefined || files.includes('node_modules')
      const prunes = prune !== undefined && needsModules && !output.keepsDevelopment
      return commented(
        prunes || files
          ? 'What runs, without what only builds it.'
          : 'All of it: what runs needs the folders beside it.',
        phase([
          ...(prunes ? [prune] : []),
          `mkdir -p ${whole}`,
          files === undefined ? `cp -r . ${whole}` : `cp -r ${files.map(quoted).join(' ')} ${whole}`,
          ...wrapper(build, output),
        ]),
      )
    }
  }
}

/** A word for the shell of a build. */
function quoted(text: string): string {
  return inNixScript(shellQuote(text))
}
