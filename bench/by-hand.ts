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
[ "\${ONLY_BUILD-}" = "" ] || exit 0
nix --extra-experimental-features nix-command copy --no-check-sigs --to "ssh://$DESTINATION" "$out"
exec ssh $NIX_SSHOPTS "$DESTINATION" "ln -sfn $out ${LINK} && systemctl restart ${UNIT}"
`

/** The same for a profile of a deploy-rs flake: `PROFILE` on the host becomes \`ATTRIBUTE\` of it, and is activated. */
const PROFILE_SCRIPT = `set -eu
nix='nix --extra-experimental-features nix-command --extra-experimental-features flakes'
out=$($nix build --json --no-link --no-write-lock-file --override-input nixpkgs ${NIXPKGS} ".#$ATTRIBUTE" 2>/dev/null |
  sed -n 's/.*"out":"\\([^"]*\\)".*/\\1/p')
$nix copy --no-check-sigs --to "ssh://$DESTINATION" "$out"
exec ssh $NIX_SSHOPTS "$DESTINATION" "nix-env -p $PROFILE --set $out && PROFILE=$out $out/deploy-rs-activate"
`

/** Makes the unit that deploys by hand restart. */
export async function prepareByHand({ host, manual, boxes }: Stage): Promise<void> {
  await writeFile(join(manual.folder, 'deploy.sh'), SCRIPT)
  await writeFile(join(boxes.folder, '.git/deploy.sh'), PROFILE_SCRIPT)
  await host.run(`cat > /etc/systemd/system/${UNIT}.service <<END
[Service]
Environment=PORT=${PORT}
ExecStart=${LINK}/bin/app
DynamicUser=yes
END
systemctl daemon-reload`)
}

/** Builds what the folder holds now, and nothing else. */
export async function buildByHand(stage: Stage): Promise<void> {
  await stage.run(stage.manual.folder, ['sh', 'deploy.sh'], { ONLY_BUILD: '1' })
}

/** Deploys what the folder holds now. */
export async function deployByHand(stage: Stage, distance: Distance): Promise<void> {
  await stage.run(stage.manual.folder, ['sh', 'deploy.sh'], target(stage, distance))
}

/** Activates a profile of a node as it is described now. */
export async function deployProfileByHand(
  stage: Stage,
  distance: Distance,
  node: string,
  profile: string,
): Promise<void> {
  const path = profile === 'system' ? profile : `per-user/root/${profile}`
  await stage.run(stage.boxes.folder, ['sh', '.git/deploy.sh'], {
    ...target(stage, distance),
    ATTRIBUTE: `deploy.nodes."${node}".profiles."${profile}".path`,
    PROFILE: `/nix/var/nix/profiles/${path}`,
  })
}

function target({ destination, options }: Stage, distance: Distance): Record<string, string> {
  return { DESTINATION: destination, NIX_SSHOPTS: options[distance].join(' ') }
}

/** What the service that was deployed by hand answers; it is given time to start. */
export function answerByHand({ host }: Stage): Promise<string> {
  return host.run(`curl -sS --retry 20 --retry-delay 1 --retry-connrefused http://127.0.0.1:${PORT}/`)
}
