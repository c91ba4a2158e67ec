'use strict'
const { readFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { basename, dirname, join } = require('node:path')
const { Script } = require('node:vm')
const { openCodeCache } = require('./code-cache.js')

/**
 * Loads a program that scripts/program.mjs has compiled, with the code that V8 made of it in earlier runs.
 * @param {string} entry its first file.
 * @returns {any} what that exports.
 */
exports.loadProgram = (entry) => {
  const folder = dirname(entry)
  const requireOther = createRequire(entry)
  const modules = new Map()
  const first = readFileSync(entry, 'latin1')
  const cache = openCodeCache(/^\/\/([0-9a-f]+)$/m.exec(first)?.[1])
  let pack = cache.pack(basename(entry))
  let started = false

  function load(name) {
    const known = modules.get(name)
    if (known) return known.exports
    if (started) {
      // The first piece that is loaded later is the command's.
      started = false
      pack = cache.pack(name)
    }
    const module = { exports: {} }
    modules.set(name, module)
    const path = join(folder, name)
    // All of it is ASCII.
    const source = name === basename(entry) ? first : readFileSync(path, 'latin1')
    const wrapped = `(function (exports, require, module, __filename, __dirname) {${source}\n})`
    const script = new Script(wrapped, { filename: path, cachedData: pack.codeOf(name) })
    pack.add(name, script)
    script.runInThisContext()(module.exports, requireIt, module, path, folder)
    return module.exports
  }
  function requireIt(id) {
    return id.startsWith('./') ? load(id.slice(2)) : requireOther(id)
  }

  const program = load(basename(entry))
  started = true
  return program
}
