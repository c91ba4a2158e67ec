/** `a Rust crate`, `an MkDocs site`. */
export function article(what: string): string {
  return `${/^(?:[AEIO]|MkDocs)/.test(what) ? 'an' : 'a'} ${what}`
}
