#!/bin/sh
# scripts/release.sh VERSION: makes a release of what is committed: the version, the changelog's section, a tag and the tarball.
set -eu
cd "$(dirname "$0")/.."

version=${1:?usage: scripts/release.sh VERSION}
fail() { echo "release: $1" >&2; exit 2; }

echo "$version" | grep -qE '^[0-9]+\.[0-9]+\.[0-9]+$' || fail "$version is no version such as 1.2.3"
[ -z "$(git status --porcelain)" ] || fail 'there are changes that are not committed'
[ -e flake.lock ] || fail 'there is no flake.lock: nix flake lock, and commit it'
grep -q '^## Unreleased$' CHANGELOG.md || fail 'CHANGELOG.md has no section "Unreleased"'
if git rev-parse -q --verify "refs/tags/v$version" >/dev/null; then fail "v$version is there already"; fi

npm version --no-git-tag-version --allow-same-version "$version" >/dev/null
sed -i.old "s/^## Unreleased\$/## $version/" CHANGELOG.md && rm CHANGELOG.md.old
npm run -s build
npm pack --silent
git commit -qam "slipway $version"
git tag "v$version"
echo "slipway-$version.tgz is made, v$version is tagged; git push origin HEAD v$version tells the others."
