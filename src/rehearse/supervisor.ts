import { type ProcessId, parseStat, readIfThere } from './process.js'

/**
 * A shell script that runs a host: systemd-nspawn again and again as long as the host reboots, which
 * nspawn leaves to its caller and tells by exit code 133. Arguments: the file in which to record the
 * process, the file for what is printed, nspawn's command line. CGROUPS in the environment: the
 * directories of the cgroups to run nspawn in, if any.
 *
 * It records itself before it starts anything, so that there is no host without a record. SIGTERM
 * shuts the host down; if the script is killed, so is nspawn.
 */
export const SUPERVISOR = `#!/bin/sh
set -eu
record=$1
exec > "$2" 2>&1
shift 2
cat /proc/sys/kernel/random/boot_id "/proc/$$/stat" > "$record.new"
mv "$record.new" "$record"

stopping='' nspawn=''
trap 'stopping=yes; if [ -n "$nspawn" ]; then kill -s TERM "$nspawn"; fi' TERM

rebooting=133
status=$rebooting
while [ "$status" -eq "$rebooting" ] && [ -z "$stopping" ]; do
  # shellcheck disable=SC2016 # the inner shell expands it
  setpriv --pdeathsig KILL sh -eu -c '
    for cgroup in $CGROUPS; do echo "$$" > "$cgroup/cgroup.procs"; done
    exec "$@"' nspawn "$@" &
  nspawn=$!
  # A signal ends the first wait, and then there is still something to wait for.
  status=0
  wait "$nspawn" || status=$?
  while kill -0 "$nspawn" 2> /dev/null; do
    status=0
    wait "$nspawn" || status=$?
  done
  nspawn=''
done
exit "$status"
`

/** Reads what {@link SUPERVISOR} recorded. Undefined if there is nothing. */
export async function readProcessFile(file: string): Promise<ProcessId | undefined> {
  const [bootId, stat] = ((await readIfThere(file)) ?? '').split('\n')
  if (!bootId || !stat) return undefined
  const { pid, startTime } = parseStat(stat)
  return { pid, startTime, bootId }
}
