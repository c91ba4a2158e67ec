#!/usr/bin/python3
"""cargo-audit audit --no-fetch --db FOLDER --file LOCK: fails where an advisory is about a crate that is locked.

Reads advisories as RustSec writes them: https://github.com/rustsec/advisory-db
"""
import argparse
import pathlib
import re
import sys
import tomllib

arguments = argparse.ArgumentParser(prog="cargo-audit")
arguments.add_argument("audit")
arguments.add_argument("--no-fetch", action="store_true", required=True)
arguments.add_argument("--db", type=pathlib.Path, required=True)
arguments.add_argument("--file", type=pathlib.Path, required=True)
arguments.add_argument("--ignore", action="append", default=[])
given = arguments.parse_args()


def numbers(version):
    return tuple(int(part) for part in re.split(r"[-+]", version)[0].split("."))


def next_breaking(version):
    """The first version that is not compatible, as cargo sees it."""
    kept = next((at for at, number in enumerate(version) if number > 0), len(version) - 1)
    return (*version[:kept], version[kept] + 1)


def satisfies(version, requirement):
    def one(part):
        operator, wanted = re.fullmatch(r"\s*(>=|<=|>|<|=|\^|~|)\s*([\d.]+)\S*\s*", part).groups()
        wanted = numbers(wanted)
        if operator in ("^", ""):
            return wanted <= version < next_breaking(wanted)
        if operator == "~":
            return wanted <= version < (*wanted[:-2], wanted[-2] + 1)
        compared = (version > wanted) - (version < wanted)
        return compared in {">=": (0, 1), "<=": (-1, 0), ">": (1,), "<": (-1,), "=": (0,)}[operator]

    return all(one(part) for part in requirement.split(","))


def advisories_on(crate):
    for file in sorted((given.db / "crates" / crate).glob("*.md")):
        about = tomllib.loads(re.match(r"```toml\n(.*?)```", file.read_text(), re.S)[1])
        yield about["advisory"], about.get("versions", {})


found = 0
for package in tomllib.loads(given.file.read_text()).get("package", []):
    for advisory, versions in advisories_on(package["name"]):
        safe = versions.get("patched", []) + versions.get("unaffected", [])
        is_safe = any(satisfies(numbers(package["version"]), requirement) for requirement in safe)
        if is_safe or advisory["id"] in given.ignore or "withdrawn" in advisory:
            continue
        found += 1
        print(f"{advisory['id']}: {package['name']} {package['version']}; solved in {', '.join(safe) or 'no version'}")
if found:
    sys.exit(f"error: {found} advisories")
