// Lays out what a package-lock.json names, with packages of Debian's: node collect.js LOCK FROM TO
const { cpSync, existsSync, mkdirSync, readFileSync } = require('node:fs')
const { join } = require('node:path')

const [lock, from, to] = process.argv.slice(2)
const { packages = {} } = JSON.parse(readFileSync(lock, 'utf8'))
const wanted = Object.entries(packages).filter(([path]) => path !== '')
const nameOf = (path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

const missing = wanted.filter(([path]) => !existsSync(join(from, nameOf(path), 'package.json')))
if (missing.length > 0) {
  const names = missing.map(([path]) => nameOf(path)).join(' ')
  console.error(`packages the toolchain lacks: ${names}`)
  process.exit(1)
}
for (const [path, { version }] of wanted) {
  const source = join(from, nameOf(path))
  const there = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')).version
  if (there !== version) console.error(`${nameOf(path)}: ${version} is locked, the toolchain has ${there}`)
  mkdirSync(join(to, path), { recursive: true })
  cpSync(source, join(to, path), { recursive: true, dereference: true })
}
