"""Devices of Entra and Intune, recovery keys, local administrator passwords and Intune's apps."""

from simulator.directory import Directory
from simulator.tenant_file import TenantFile


def add(directory: Directory, file: TenantFile) -> None:
    """Add them to `directory`, whose people and groups are there already."""
