"""`python -m devhost.reference_policy TENANT.json FOLDER`: writes the reference policy for a tenant file."""

import argparse
import sys
from pathlib import Path

from agent.actions import CATALOGUE
from devhost.errors import DevhostError
from devhost.reference_policy import write_documents
from devhost.tenant_settings import read_tenant
from policy import PolicyError


def main(arguments: list[str] | None = None) -> int:
    """Return 0 when the files are written, 2 when the tenant file or the folder is not usable."""
    parser = argparse.ArgumentParser(prog="python -m devhost.reference_policy", description=__doc__)
    parser.add_argument("tenant", type=Path, help="tenant file of schema `corpus-tenant/1`")
    parser.add_argument("folder", type=Path, help="where the YAML files go; none of them may be there already")
    given = parser.parse_args(arguments)
    try:
        for path in write_documents(read_tenant(given.tenant), given.folder, catalogue=frozenset(CATALOGUE)):
            print(path)
    except (DevhostError, PolicyError) as problem:
        print(f"remit: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
