import type { LabHost } from './host.js'

/** The texts that are looked for: they go in over standard input, since a command line would be found. */
const NEEDLES = '/run/needles'
const SAMPLES = '/run/samples'

/** Says which texts are secret. */
export async function tellNeedles(host: LabHost, values: readonly string[]): Promise<void> {
  await host.write(NEEDLES, values.map((value) => `${value}\n`).join(''))
}

/** Every file, process and line of the journal on a host that holds a secret text: `WHAT` or `WHAT of USER`. */
export async function search(host: LabHost): Promise<string[]> {
  const found = await host.run(`
for part in /[!.]*; do
  case $part in /proc | /sys | /dev) continue ;; esac
  grep -rlaF -f ${NEEDLES} --exclude=needles "$part" 2>/dev/null
done
for process in /proc/[0-9]*; do
  for part in cmdline environ; do
    if grep -qaF -f ${NEEDLES} "$process/$part" 2>/dev/null; then echo "$part of $(stat -c %U "$process")"; fi
  done
done
journalctl --sync
if journalctl -q -o export | grep -qaF -f ${NEEDLES}; then echo journal; fi
systemctl show '*' | grep -qaF -f ${NEEDLES} && echo 'systemctl show'
true`)
  return [...new Set(found.split('\n').filter(Boolean))].sort()
}

/** Looks at all processes' command lines and environments over and over, until {@link sampled} is asked. */
export async function startSampling(host: LabHost): Promise<void> {
  await host.write(
    '/run/sample.sh',
    `: >${SAMPLES}
while [ ! -e ${SAMPLES}.stop ]; do
  for found in $(grep -laF -f ${NEEDLES} /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null); do
    echo "\${found##*/} of $(stat -c %U "\${found%/*}" 2>/dev/null)" >>${SAMPLES}
  done
  echo round >>${SAMPLES}
done
`,
  )
  await host.run(`rm -f ${SAMPLES}.stop; systemd-run --quiet --collect --unit=sampler sh /run/sample.sh`)
}

/** What was seen in between. */
export async function sampled(host: LabHost): Promise<string[]> {
  const seen = await host.run(`touch ${SAMPLES}.stop; sort -u ${SAMPLES}`)
  // A process may have ended before its owner was asked; by its environment it was the owner's alone to read.
  return seen.split('\n').filter((line) => line !== '' && line !== 'environ of ')
}
