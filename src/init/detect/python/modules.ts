/** `src/shop/app.py` is `shop.app`; a package's `__init__.py` is the package. */
export function moduleOf(dir: string, file: string): string {
  const path = dir === '' ? file : file.slice(dir.length + 1)
  return path
    .replace(/^src\//, '')
    .replace(/\.py$/, '')
    .replace(/(?:^|\/)__init__$/, '')
    .replaceAll('/', '.')
}
