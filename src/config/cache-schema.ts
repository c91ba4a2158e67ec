import * as z from 'zod'

/** The stores that Nix can read and write: https://nix.dev/manual/nix/latest/store/types/ */
const STORE_URL = /^(https?|s3|ssh-ng|ssh):\/\/[^\s/?'"\\][^\s'"\\]*$|^file:\/\/\/[^\s'"\\]*$/

export const storeUrl = z
  .string()
  .regex(STORE_URL, 'expected a URL of https://, s3://, ssh-ng://, ssh:// or file:///')
  .describe(
    'A cache of somebody else, as Nix calls it: `https://NAME.cachix.org`, `s3://BUCKET?endpoint=…`, `ssh-ng://HOST`, `file:///FOLDER`.',
  )
