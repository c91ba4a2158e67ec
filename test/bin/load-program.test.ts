import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const LOADER = fileURLToPath(new URL('../../bin/load-program.js', import.meta.url))

/** Tells of each file whether V8 was given code for it, and took it. */
const RUNNER = `const vm = require('node:vm')
const seen = []
vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options)
    const name = require('node:path').basename(options.filename)
    seen.push(name + (!options.cachedData ? ' new' : this.cachedDataRejected ? ' refused' : ' kept'))
  }
}
process.on('exit', () => console.log(JSON.stringify(seen)))
const program = require(${JSON.stringify(LOADER)}).loadProgram(require('node:path').join(__dirname, 'dist/slipway.cjs'))
program.main(process.argv.slice(2))
`

const PROGRAM = {
  'dist/slipway.cjs': `exports.shared = () => 'shared'
exports.main = async ([command = 'one', ...words]) => {
  await null
  console.log(require('./' + command + '.cjs').run(words))
}`,
  'dist/one.cjs': `const common = require('./common.cjs')
exports.run = (words) => 'one ' + common.say(words)`,
  'dist/two.cjs': `const common = require('./common.cjs')
const { sep } = require('node:path')
exports.run = (words) => { process.exitCode = 3; return 'two ' + common.say(words) + sep }`,
  'dist/common.cjs': `const { shared } = require('./slipway.cjs')
${Array.from({ length: 600 }, (_, index) => `function big${index}(x) { return [x, ${index}].map((y) => y + 1).join('-') }`).join('\n')}
const all = [${Array.from({ length: 600 }, (_, index) => `big${index}`).join()}]
exports.say = (words) => {
  if (words.includes('much')) for (const big of all) big(1)
  if (words.includes('exit')) process.exit(4)
  return [shared(), __filename.endsWith('common.cjs'), ...words].join(' ')
}`,
}

let folder: string
let cache: string
before(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-load-')))
  cache = join(folder, 'cache')
})
beforeEach(() => {
  rmSync(folder, { recursive: true })
  build('0123456789abcdef')
  writeFileSync(join(folder, 'run.cjs'), RUNNER)
})
after(() => rmSync(folder, { recursive: true }))

function build(id: string): void {
  for (const [name, text] of Object.entries(PROGRAM)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), name === 'dist/slipway.cjs' ? `//${id}\n${text}` : text)
  }
}

/** What a run prints and, with the files it loads, whether V8 took what was kept of them. */
function run(words: string[] = [], env: Record<string, string> = {}): [string, string[], number] {
  const all = {
    ...process.env,
    XDG_CACHE_HOME: cache,
    NODE_V8_COVERAGE: '',
    NODE_DISABLE_COMPILE_CACHE: '',
    ...env,
  }
  let status = 0
  let output = ''
  try {
    output = execFileSync(process.execPath, [join(folder, 'run.cjs'), ...words], {
      env: all,
      encoding: 'utf8',
    })
  } catch (error) {
    const failed = error as { status: number; stdout: string }
    status = failed.status
    output = failed.stdout
  }
  const lines = output.trim().split('\n')
  return [lines.slice(0, -1).join('\n'), JSON.parse(lines.at(-1) ?? '') as string[], status]
}

const files = (...states: string[]) =>
  ['slipway.cjs', 'one.cjs', 'common.cjs'].map((name, at) => `${name} ${states[at] ?? states[0]}`)

/** The folder of the only build that has packs. */
function packs(): string {
  const code = join(cache, 'slipway/code')
  const [only = '', ...others] = readdirSync(code)
  assert.deepEqual(others, [])
  return join(code, only)
}

describe('loadProgram', () => {
  it('runs the same with what was kept of a run before', () => {
    assert.deepEqual(run(['one', 'a']), ['one shared true a', files('new'), 0])
    assert.deepEqual(run(['one', 'b']), ['one shared true b', files('kept'), 0])
    assert.match(packs(), /\/v\d+\.\d+\.\d+\S*-\w+-0123456789abcdef$/)
    assert.deepEqual(readdirSync(packs()).sort(), ['one.cjs', 'slipway.cjs'])
  })

  it('keeps a pack for each command', () => {
    run(['one'])
    const two = ['slipway.cjs kept', 'two.cjs new', 'common.cjs new']
    assert.deepEqual(run(['two']), ['two shared true/', two, 3])
    assert.deepEqual(run(['two']), ['two shared true/', two.map((line) => line.replace('new', 'kept')), 3])
    assert.deepEqual(readdirSync(packs()).sort(), ['one.cjs', 'slipway.cjs', 'two.cjs'])
  })

  it('writes a pack again when a run came much further, and only then', () => {
    run(['one'])
    const pack = join(packs(), 'one.cjs')
    const first = statSync(pack)
    run(['one', 'a'])
    assert.equal(statSync(pack).ino, first.ino)
    assert.deepEqual(run(['one', 'much'])[1], files('kept'))
    const second = statSync(pack)
    assert.ok(second.size > first.size)
    run(['one'])
    run(['one', 'much'])
    assert.equal(statSync(pack).ino, second.ino)
  })

  it('keeps what a program did that exits by itself', () => {
    assert.deepEqual(run(['one', 'exit']), ['', files('new'), 4])
    assert.deepEqual(run(['one']), ['one shared true', files('kept'), 0])
  })

  it('takes nothing of another build', () => {
    run(['one'])
    build('fedcba9876543210')
    assert.deepEqual(run(['one'])[1], files('new'))
    assert.deepEqual(run(['one'])[1], files('kept'))
  })

  it('forgets old builds', () => {
    const code = join(cache, 'slipway/code')
    for (let age = 1; age <= 5; age += 1) {
      const old = join(code, `v20.1.${age}-x64-${String(age).repeat(16)}`)
      mkdirSync(old, { recursive: true })
      utimesSync(old, 1_700_000_000 - age, 1_700_000_000 - age)
    }
    mkdirSync(join(code, 'something else'))
    run(['one'])
    assert.deepEqual(
      readdirSync(code)
        .filter((name) => !name.endsWith('0123456789abcdef'))
        .sort(),
      [
        'something else',
        'v20.1.1-x64-1111111111111111',
        'v20.1.2-x64-2222222222222222',
        'v20.1.3-x64-3333333333333333',
      ],
    )
  })

  const spoilt: Record<string, (pack: string) => void> = {
    'is cut off': (pack) => truncateSync(pack, statSync(pack).size - 100),
    'is empty': (pack) => truncateSync(pack, 0),
    'is no pack': (pack) => writeFileSync(pack, 'hello\nworld'),
    'others can write to': (pack) => chmodSync(pack, 0o620),
  }
  if (process.getuid?.() === 0) spoilt['is somebody else’s'] = (pack) => chownSync(pack, 65_534, 65_534)
  for (const [what, spoil] of Object.entries(spoilt)) {
    it(`does not take a pack that ${what}, and makes it anew`, () => {
      run(['one'])
      spoil(join(packs(), 'one.cjs'))
      assert.deepEqual(run(['one']), ['one shared true', files('kept', 'new', 'new'), 0])
      assert.deepEqual(run(['one']), ['one shared true', files('kept'), 0])
      const { mode, uid } = statSync(join(packs(), 'one.cjs'))
      assert.equal(mode & 0o777, 0o600)
      assert.equal(uid, process.getuid?.())
    })
  }

  it('makes anew what V8 refuses', () => {
    run(['one'])
    const pack = join(packs(), 'one.cjs')
    const bytes = readFileSync(pack)
    // The version of V8 follows a magic number.
    const start = bytes.indexOf('\n') + 1
    bytes.writeUInt32LE(bytes.readUInt32LE(start + 4) ^ 1, start + 4)
    writeFileSync(pack, bytes)
    assert.deepEqual(run(['one'])[1], files('kept', 'refused', 'kept'))
    assert.deepEqual(run(['one'])[1], files('kept'))
  })

  for (const [what, env] of [
    ['Node’s own cache is turned off', { NODE_DISABLE_COMPILE_CACHE: '1' }],
    ['there is no home', { XDG_CACHE_HOME: '', HOME: '' }],
  ] as const) {
    it(`keeps nothing where ${what}`, () => {
      assert.deepEqual(run(['one'], env), ['one shared true', files('new'), 0])
      assert.deepEqual(run(['one'], env), ['one shared true', files('new'), 0])
      assert.throws(packs, { code: 'ENOENT' })
    })
  }

  it('works where nothing can be kept', () => {
    writeFileSync(cache, 'a file')
    assert.deepEqual(run(['one']), ['one shared true', files('new'), 0])
    assert.deepEqual(run(['two'])[2], 3)
  })
})
