import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NIXPKGS } from '../test/lab/project.js'
import type { Distance, Stage } from './stage.js'

const UNIT = 'by-hand'
/** Both keeps the package from the garbage collector and is what the unit starts. */
const LINK = '/nix/var/nix/gcroots/by-hand'
/** Far from the ports that slipway picks. */
const PORT = 9999

/** Three commands, and nothing that looks at whether they worked: the least a deploy can be. */
const SCRIPT = `set -eu
out=$(nix-build --no-out-link -I nixpkgs=${NIXPKGS} default.nix 2>/dev/null)
nix --extra-experimental-features nix-command copy --no-check-sigs --to "ssh://$DESTINATION" "$out"
exec ssh $NIX_SSHOPTS "$DESTINATION" "ln -sfn $out ${LINK} && systemctl restart ${UNIT}"
`

/** Makes the unit that deploys by hand restart. */
export async function prepareByHand({ host, manual }: Stage): Promise<void> {
  await writeFile(join(manual.folder, 'deploy.sh'), SCRIPT)
  await host.run(`cat > /etc/systemd/system/${UNIT}.service <<END
[Service]
Environment=PORT=${PORT}
ExecStart=${LINK}/bin/app
DynamicUser=yes
END
systemctl daemon-reload`)
}

/** Deploys what the folder holds now. */
export async function deployByHand(stage: Stage, distance: Distance): Promise<void> {
  await stage.run(stage.manual.folder, ['sh', 'deploy.sh'], {
    DESTINATION: stage.destination,
    NIX_SSHOPTS: stage.options[distance].join(' '),
  })
}

/** What the service that was deployed by hand answers; it is given time to start. */
export function answerByHand({ host }: Stage): Promise<string> {
  return host.run(`curl -sS --retry 20 --retry-delay 1 --retry-connrefused http://127.0.0.1:${PORT}/`)
}
