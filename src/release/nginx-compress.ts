/** Text; pictures, fonts and archives are compressed already. */
const TYPES =
  'text/css text/plain text/xml application/javascript application/json application/xml application/wasm image/svg+xml'

/** `compress.conf`: how a host's nginx compresses, where a route asks for it. Brotli is a module that few have. */
export function compression({ brotli }: { brotli: boolean }): string[] {
  return [
    'gzip on;',
    'gzip_proxied any;',
    'gzip_vary on;',
    `gzip_types ${TYPES};`,
    ...(brotli ? ['brotli on;', `brotli_types ${TYPES};`] : []),
  ]
}
