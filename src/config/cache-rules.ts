import type { Problem } from './problems.js'
import { isCache } from './resolve-caches.js'
import type { Config } from './resolved.js'

/** What the schema can't say of caches. */
export function cacheProblems({ caches, services, systems }: Config): Problem[] {
  const sites = new Set(services.filter(isCache).map(({ name }) => name))
  const others = new Set([
    ...services.filter((one) => !isCache(one)).map(({ name }) => name),
    ...systems.map(({ name }) => name),
  ])
  const seen = new Map<string, string>()
  return caches.flatMap(({ name, url, host }) => {
    const path = `caches.${name}`
    const first = seen.get(url)
    seen.set(url, first ?? name)
    return [
      ...(host !== null && sites.has(name) && others.has(name)
        ? [
            {
              path,
              message: `"${name}" is the name of a service or system, too`,
              suggestion: `for example "${name}-cache"`,
            },
          ]
        : []),
      ...(first === undefined || url === ''
        ? []
        : [{ path, message: `is the same as caches.${first}: ${url}` }]),
    ]
  })
}

/** What is wrong with the site of a cache, with the place in the config that says it. */
export function asWritten(problems: readonly Problem[], { services }: Config): Problem[] {
  const sites = services.filter(isCache).map(({ name }) => name)
  return problems.map((problem) => {
    const [, name = '', rest = ''] = /^services(?:\.|\[')([^.[\]']*)(?:'\])?(.*)$/.exec(problem.path) ?? []
    if (!sites.includes(name)) return problem
    const field = rest.replace(/^\.routes\[0\]/, '.route').replace(/^\.hosts/, '.host')
    return { ...problem, path: `caches.${name}${field}` }
  })
}
