import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { shellQuote } from '../shell-quote.js'
import { commandError } from './command.js'
import { removeTree } from './disk.js'
import { withLock } from './lock.js'
import { IN_REPOSITORY, PACKAGES, SUITE } from './packages.js'
import { DEBS, IMAGE_SCRIPTS, IMAGES } from './paths.js'
import { type ImageKind, readRecords } from './record.js'

/** Marks a directory under {@link IMAGES} as not finished. */
const UNFINISHED = '.building-'
/** Enough of a SHA-256 to tell recipes apart. */
const HASH_LENGTH = 12

/** Few packages, and steps left out that would empty the cache of debs or the lists of packages. */
const OPTIONS = [
  '--mode=root',
  '--variant=minbase',
  '--skip=download/empty',
  '--skip=essential/unlink',
  '--skip=cleanup/apt/lists',
]

/** Takes debs from the cache, and gives it the new ones; links, since both are below one directory. */
const TAKE_DEBS = `mkdir -p "$1/var/cache/apt/archives" && find ${DEBS} -name '*.deb' -exec cp -lt "$1/var/cache/apt/archives" {} +`
const KEEP_DEBS = `find "$1/var/cache/apt/archives" -maxdepth 1 -name '*.deb' -exec cp -lft ${DEBS} {} +`

/** What makes an image of this kind, in the order in which mmdebstrap runs it. */
function customiseHooks(kind: ImageKind): string[] {
  const script = (name: string, ...args: readonly string[]) =>
    ['sh', shellQuote(join(IMAGE_SCRIPTS, name)), '"$1"', ...args].join(' ')
  const special = kind === 'ready' ? script('ready.sh') : script('offline-repository.sh', ...IN_REPOSITORY)
  return [special, script('customise.sh'), KEEP_DEBS]
}

/** Where the image of this kind is, or will be; another recipe gives another place. */
export async function imagePath(kind: ImageKind): Promise<string> {
  const hash = createHash('sha256')
  hash.update(JSON.stringify([SUITE, OPTIONS, PACKAGES[kind], IN_REPOSITORY]))
  for (const name of (await readdir(IMAGE_SCRIPTS)).sort())
    hash.update(await readFile(join(IMAGE_SCRIPTS, name)))
  return join(IMAGES, `${kind}-${hash.digest('hex').slice(0, HASH_LENGTH)}`)
}

/** Builds the image of this kind at `path` unless it is there. */
export async function ensureImage(kind: ImageKind, path: string, log: (line: string) => void): Promise<void> {
  await withLock(
    'images',
    async () => {
      if (existsSync(path)) return
      await mkdir(IMAGES, { recursive: true })
      await mkdir(DEBS, { recursive: true })
      await removeLeftovers(kind, path)
      await build(kind, path, log)
    },
    log,
  )
}

async function build(kind: ImageKind, path: string, log: (line: string) => void): Promise<void> {
  const draft = join(IMAGES, `${UNFINISHED}${basename(path)}-${randomUUID()}`)
  log(`Building the ${kind} image (Debian ${SUITE}); this happens once`)
  // mmdebstrap mounts things and starts many processes: in namespaces of its own all of them end when
  // slipway does, even by SIGKILL. Its own lock keeps others off the draft until then.
  const result = await execa(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL'],
      ...['flock', '--no-fork', `${draft}.lock`],
      ...['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
      'mmdebstrap',
      ...OPTIONS,
      `--include=${PACKAGES[kind].join(',')}`,
      `--setup-hook=${TAKE_DEBS}`,
      ...customiseHooks(kind).map((hook) => `--customize-hook=${hook}`),
      SUITE,
      draft,
    ],
    { reject: false, stdin: 'ignore', cwd: '/' },
  )
  if (result.failed) {
    await removeDraft(draft)
    const next = 'Check that this machine can download Debian packages (apt-get update)'
    throw commandError({ what: `Cannot build the ${kind} image of throwaway hosts`, next }, result)
  }
  await rename(draft, path)
  await removeDraft(draft)
}

/** Removes builds that were interrupted, and images of older recipes that no host stands on. */
async function removeLeftovers(kind: ImageKind, path: string): Promise<void> {
  const used = new Set((await readRecords()).map((record) => record.lower))
  for (const name of await readdir(IMAGES)) {
    const other = join(IMAGES, name)
    if (name.startsWith(UNFINISHED)) await removeDraft(other.replace(/\.lock$/, ''))
    else if (name.startsWith(`${kind}-`) && other !== path && !used.has(other)) await removeTree(other)
  }
}

async function removeDraft(draft: string): Promise<void> {
  await execa(
    'flock',
    ['--nonblock', `${draft}.lock`, 'rm', '-rf', '--one-file-system', draft, `${draft}.lock`],
    { reject: false },
  )
}
