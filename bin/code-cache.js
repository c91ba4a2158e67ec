'use strict'
const fs = require('node:fs')
const { join } = require('node:path')

/** Packs of so many other builds, or versions of Node, are kept. */
const KEPT_BUILDS = 3
/** So much more code than is kept has a pack written anew: the run before had not come as far. */
const GROWTH = 1.1

const NO_PACK = { codeOf: () => undefined, add: () => undefined }
const NO_CACHE = { pack: () => NO_PACK }

/**
 * Keeps the code that V8 makes of a build's files, in the user's own cache: a pack for each command. It holds functions
 * that have been called, too, so it is written when the program ends. Nothing that goes wrong with it matters.
 * @param {string | undefined} build which one.
 */
exports.openCodeCache = (build) => {
  const { HOME, XDG_CACHE_HOME, NODE_DISABLE_COMPILE_CACHE, NODE_V8_COVERAGE } = process.env
  const uid = process.geteuid?.()
  const home = XDG_CACHE_HOME || (HOME && join(HOME, '.cache'))
  // Node's own cache can be turned off like this; and coverage needs the code as it is.
  if (!build || !home || uid === undefined || NODE_DISABLE_COMPILE_CACHE || NODE_V8_COVERAGE) return NO_CACHE
  const all = join(home, 'slipway', 'code')
  const folder = join(all, `${process.version}-${process.arch}-${build}`)
  const packs = []
  process.once('exit', () => {
    try {
      for (const pack of packs) pack.keep()
    } catch {
      // The next run may be luckier.
    }
  })
  return {
    pack: (name) => {
      const pack = openPack(join(folder, name), packs.length > 0, () => prepare(all, folder), uid)
      packs.push(pack)
      return pack
    },
  }
}

/** What V8 made of some files, read from one file. Whether more of them has been compiled since is looked at if `grows`. */
function openPack(file, grows, prepareFolder, uid) {
  const kept = readPack(file, uid)
  const scripts = new Map()
  return {
    codeOf: (name) => kept.code.get(name),
    add: (name, script) => scripts.set(name, script),
    keep: () => {
      const missing = [...scripts].some(([name, script]) => !kept.code.has(name) || script.cachedDataRejected)
      const bytes = grows ? compiledBytes() : 0
      if (!missing && bytes <= kept.bytes * GROWTH) return
      prepareFolder()
      writePack(
        file,
        bytes,
        [...scripts].map(([name, script]) => [name, script.createCachedData()]),
      )
    },
  }
}

/** How much code there is, as V8 counts it. */
function compiledBytes() {
  return require('node:v8').getHeapCodeStatistics().bytecode_and_metadata_size
}

/** V8 trusts what it is given: only what this user alone can have written is taken. */
function readPack(file, uid) {
  const code = new Map()
  let opened
  try {
    opened = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)
    const found = fs.fstatSync(opened)
    if (!found.isFile() || found.uid !== uid || (found.mode & 0o022) !== 0) return { code, bytes: 0 }
    const all = fs.readFileSync(opened)
    const start = all.indexOf('\n') + 1
    const { bytes, sizes } = JSON.parse(all.toString('latin1', 0, start))
    let at = start
    for (const [name, size] of sizes) {
      code.set(name, all.subarray(at, at + size))
      at += aligned(size)
    }
    if (at === all.length) return { code, bytes }
  } catch {
    // There is none, or no whole one.
  } finally {
    if (opened !== undefined) fs.closeSync(opened)
  }
  return { code: new Map(), bytes: 0 }
}

/** Whole or not at all, also where the power fails: V8 does not notice that a part is missing. */
function writePack(file, bytes, codes) {
  const head = JSON.stringify({ bytes, sizes: codes.map(([name, { length }]) => [name, length]) })
  const parts = [Buffer.from(`${head.padEnd(aligned(head.length + 1) - 1)}\n`)]
  for (const [, code] of codes) parts.push(code, Buffer.alloc(aligned(code.length) - code.length))
  const part = `${file}.${process.pid}`
  const opened = fs.openSync(part, 'wx', 0o600)
  try {
    fs.writevSync(opened, parts)
    fs.fsyncSync(opened)
  } finally {
    fs.closeSync(opened)
  }
  fs.renameSync(part, file)
}

/** V8 copies what does not begin at a word. */
function aligned(size) {
  return Math.ceil(size / 8) * 8
}

function prepare(all, folder) {
  if (fs.mkdirSync(folder, { recursive: true, mode: 0o700 }) === undefined) return
  const others = fs
    .readdirSync(all)
    .filter((name) => /^v\d+\.[\w.-]+-[0-9a-f]{16}$/.test(name) && join(all, name) !== folder)
    .map((name) => ({ path: join(all, name), used: fs.statSync(join(all, name)).mtimeMs }))
    .sort((a, b) => b.used - a.used)
  for (const { path } of others.slice(KEPT_BUILDS)) fs.rmSync(path, { recursive: true, force: true })
}
