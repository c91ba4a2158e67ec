import { Module } from 'node:module'
import { dirname } from 'node:path'
import { runInThisContext } from 'node:vm'
import { isRelative, type TranslatedFile, type Translation } from './translation.js'

/** What translated code is a part of, and what it may use: as jiti has it. */
type Evaluate = (
  exports: unknown,
  require: undefined,
  module: Module,
  filename: string,
  dirname: string,
  jitiImport: (id: string) => Promise<unknown>,
) => Promise<void>

/** Evaluates a config that has been translated; gives what it exports. `slipway` is what it means by that name. */
export function runTranslation(files: Translation, slipway: unknown): Promise<unknown> {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const modules = new Map<string, Module>()
  const run = async (file: TranslatedFile): Promise<unknown> => {
    const { path, code, imports } = file
    const module = new Module(path)
    module.filename = path
    // Files that import each other see what there is so far.
    modules.set(path, module)
    const importIt = async (id: string): Promise<unknown> => {
      if (id === 'slipway') return slipway
      if (!isRelative(id)) return import(id)
      const meant = imports[id]?.path ?? ''
      const found = byPath.get(meant)
      return modules.get(meant)?.exports ?? (found && run(found))
    }
    const wrapped = `(async function (exports, require, module, __filename, __dirname, jitiImport) { ${code}\n});`
    const evaluate = runInThisContext(wrapped, { filename: path }) as Evaluate
    await evaluate(module.exports, undefined, module, path, dirname(path), importIt)
    return module.exports
  }
  return run(files[0])
}
