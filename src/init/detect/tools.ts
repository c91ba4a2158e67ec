import { matches, readSources } from './source.js'
import { type FileTree, type Found, inDir } from './tree.js'

/** Where people say which tools they use. */
const SCRIPTS =
  /(?:^|\/)(?:Makefile|GNUmakefile|[Jj]ustfile|Taskfile\.ya?ml|\.pre-commit-config\.yaml|\.gitlab-ci\.yml|tox\.ini|noxfile\.py)$|^\.(?:github|forgejo|gitea)\/workflows\/[^/]+\.ya?ml$/

/** Where a repository's scripts, hooks or CI use a tool. */
export function findTool(tree: FileTree, dir: string, pattern: RegExp): Found<string> | undefined {
  const files = tree.files.filter(
    (file) => SCRIPTS.test(file) && (file.startsWith('.') || file.startsWith(inDir(dir, ''))),
  )
  const [match] = matches(readSources(tree, files, 'python'), pattern)
  return match && { value: match.text, at: match.at }
}
