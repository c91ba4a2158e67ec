# Fails where a package asks for what is not among its dependencies, or for another version of it.
import sys
from importlib.metadata import distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

own, environment, relaxed, removed = sys.argv[1:]
there = {canonicalize_name(found.name): found.version for found in distributions(path=[environment])}
removed = {canonicalize_name(name) for name in removed.split()}
relaxed_names = {canonicalize_name(name) for name in relaxed.split()}
wrong = []
for package in distributions(path=[own]):
    for requirement in map(Requirement, package.requires or []):
        name = canonicalize_name(requirement.name)
        if name in removed or requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        if name not in there:
            wrong.append(f"{requirement.name} not installed")
        elif relaxed != "1" and name not in relaxed_names:
            if not requirement.specifier.contains(there[name], prereleases=True):
                wrong.append(f"{requirement} not satisfied by version {there[name]}")
for line in wrong:
    print(f"  - {line}", file=sys.stderr)
sys.exit(1 if wrong else 0)
