/** Who adds to a cache, and who waits to remove from it, by cache. */
const adding = new Map<string, Set<Promise<unknown>>>()
const removing = new Map<string, Promise<unknown>>()

/** Runs work that relies on what a cache has, beside others of the kind, while nothing is removed from it. */
export async function whileStays<T>(cache: string, work: () => Promise<T>): Promise<T> {
  while (removing.has(cache)) await removing.get(cache)
  const mine = work()
  const ended = mine.catch(() => undefined)
  const all = adding.get(cache) ?? new Set()
  adding.set(cache, all.add(ended))
  void ended.then(() => all.delete(ended))
  return mine
}

/** Runs work that removes from a cache, alone. */
export async function whileAlone<T>(cache: string, work: () => Promise<T>): Promise<T> {
  while (removing.has(cache)) await removing.get(cache)
  const before = [...(adding.get(cache) ?? [])]
  const mine = Promise.all(before).then(work)
  const ended = mine.catch(() => undefined).then(() => removing.delete(cache))
  removing.set(cache, ended)
  return mine
}
