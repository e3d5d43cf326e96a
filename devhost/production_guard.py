"""The refusals that keep the development host away from production: environment marks and any storage off loopback."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from devhost.errors import StartError

PRODUCTION_MARKS = ("WEBSITE_INSTANCE_ID", "WEBSITE_SITE_NAME", "FUNCTIONS_EXTENSION_VERSION")
"""Environment variables that App Service and Functions set on their instances (Microsoft Learn, App settings)."""

DEFAULT_CONNECTION = "AzureWebJobsStorage"
"""The setting that names the storage account when a binding names none."""

_ENDPOINTS = ("BlobEndpoint", "QueueEndpoint", "TableEndpoint")

# The account name and key that every storage emulator ships with; they are public and open nothing but an emulator.
_EMULATOR_ACCOUNT = "devstoreaccount1"
_EMULATOR_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def emulator_connection_string(*, blob_port: int, queue_port: int, table_port: int) -> str:
    """Return the connection string of an emulator that listens on 127.0.0.1 at these ports."""
    ports = {"Blob": blob_port, "Queue": queue_port, "Table": table_port}
    endpoints = "".join(
        f"{service}Endpoint=http://127.0.0.1:{port}/{_EMULATOR_ACCOUNT};" for service, port in ports.items()
    )
    return f"DefaultEndpointsProtocol=http;AccountName={_EMULATOR_ACCOUNT};AccountKey={_EMULATOR_KEY};{endpoints}"


def refuse_production(environ: Mapping[str, str]) -> None:
    """Refuse to run where Azure would run us, or with storage that is not on this machine.

    Raises:
        StartError: a production mark or an identity-based storage connection is in `environ`.
    """
    for mark in PRODUCTION_MARKS:
        if mark in environ:
            raise StartError(
                f"`{mark}` is set, so this looks like Azure: the development host must not serve production"
            )
    for name in environ:
        if name.lower().startswith(f"{DEFAULT_CONNECTION}__".lower()):
            raise StartError(
                f"`{name}` asks for storage by identity: expected `{DEFAULT_CONNECTION}` naming an emulator"
            )
    if DEFAULT_CONNECTION in environ:
        connection_string(DEFAULT_CONNECTION, environ)


def connection_string(name: str, environ: Mapping[str, str]) -> str:
    """Return the emulator connection string that the setting `name` (or `AzureWebJobs<name>`) holds.

    Raises:
        StartError: no such setting, or not each of its endpoints is named and on loopback. The value is never repeated.
    """
    text = environ.get(name) or environ.get(f"AzureWebJobs{name}")
    if not text:
        raise StartError(f"the storage connection `{name}` is not set: give it with `--set {name}=...`")
    if text.replace(" ", "").rstrip(";").lower() == "usedevelopmentstorage=true":
        return emulator_connection_string(blob_port=10000, queue_port=10001, table_port=10002)
    _require_loopback(name, text)
    return text


def _require_loopback(name: str, text: str) -> None:
    pairs = [part.split("=", 1) for part in text.split(";") if "=" in part]
    named = {key.lower() for key, _ in pairs}
    # Of two equal keys one SDK may take the first and another the last.
    if len(named) < len(pairs):
        raise StartError(f"the storage connection `{name}` names something twice: expected an emulator on loopback")
    # An emulator has no suffix: with one, SDKs build addresses in Azure from the account's name.
    if "endpointsuffix" in named:
        raise StartError(f"the storage connection `{name}` has an `EndpointSuffix`: expected an emulator on loopback")
    # INVARIANT: a service without an explicit endpoint lives in Azure, so it is refused like a foreign host.
    for service in _ENDPOINTS:
        if service.lower() not in named:
            raise StartError(f"the storage connection `{name}` has no `{service}`: expected an emulator on loopback")
    for key, address in pairs:
        if key.lower().endswith("endpoint") and not is_local_address(address):
            raise StartError(f"the storage connection `{name}`: `{key}` is not on loopback, expected an emulator")


def is_local_address(address: str) -> bool:
    """Whether the URL `address` can only lead to this machine; what is no URL does not."""
    try:
        return is_loopback(urlsplit(address).hostname or "")
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether `host` (no port, no brackets) can only mean this machine: localhost, *.localhost, 127.0.0.0/8, ::1."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
