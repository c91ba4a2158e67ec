import { Transform } from 'node:stream'

/** What a login's shell may print before the connector speaks: messages of the day, not more. */
const MOST_NOISE_BYTES = 256 * 1024

/** Passes on what follows the first occurrence of a text. What came before it is noise of the login's shell. */
export function afterMagic(magic: string, onFound: () => void): Transform {
  const wanted = Buffer.from(magic)
  let noise = Buffer.alloc(0)
  let found = false
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (found) {
        done(null, chunk)
        return
      }
      noise = Buffer.concat([noise, chunk])
      const at = noise.indexOf(wanted)
      if (at >= 0) {
        found = true
        onFound()
        const rest = noise.subarray(at + wanted.byteLength)
        noise = Buffer.alloc(0)
        done(null, rest.byteLength > 0 ? rest : undefined)
        return
      }
      done(noise.byteLength > MOST_NOISE_BYTES ? new Error('the login prints without end') : null)
    },
  })
}
