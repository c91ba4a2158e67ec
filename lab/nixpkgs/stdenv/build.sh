# shellcheck shell=bash disable=SC1090,SC1091,SC2154
# Builds a package: what mkDerivation runs.
source "$stdenv/setup"
if [ -n "${buildCommandPath:-}" ]; then
  source "$buildCommandPath"
elif [ -n "${buildCommand:-}" ]; then
  eval "$buildCommand"
else
  genericBuild
fi
