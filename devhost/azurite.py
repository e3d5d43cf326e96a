"""Azurite, the storage emulator: installed below `.remit`, started on loopback and stopped gently.

`python -m devhost.azurite --data DIR` runs one until SIGTERM and prints a line with its connection string.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from devhost.errors import DevhostError, ToolError
from devhost.interrupts import undisturbed
from devhost.node import find_node, run_installer
from devhost.ports import free_port
from devhost.production_guard import emulator_connection_string

VERSION: Final = "3.35.0"
"""Pinned: 3.36 and later want a newer Node.js and behave the same (docs, 84 checks in the runtime design)."""

DIRECTORY_VARIABLE: Final = "REMIT_AZURITE_DIR"
"""Names a folder whose `node_modules/azurite` is to be used instead of installing one."""

_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 15.0
_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Ports:
    """The three ports of one emulator on 127.0.0.1."""

    blob: int
    queue: int
    table: int

    @classmethod
    def free(cls) -> Self:
        """Return three ports nobody listens on at this moment; somebody may take one before Azurite does."""
        blob, queue, table = free_port(), free_port(), free_port()
        return cls(blob, queue, table) if len({blob, queue, table}) == 3 else cls.free()


class Azurite:
    """A running emulator; a context manager that stops it at the end."""

    def __init__(self, process: subprocess.Popen[bytes], ports: Ports) -> None:
        """Use `start`."""
        self._process = process
        self.ports = ports

    @property
    def connection_string(self) -> str:
        """Blob, queue and table endpoints with the emulator's public account and key."""
        return emulator_connection_string(
            blob_port=self.ports.blob, queue_port=self.ports.queue, table_port=self.ports.table
        )

    def stop(self) -> None:
        """End it by SIGTERM, which makes it write its data to disk; does nothing when it has ended.

        Raises:
            ToolError: it is still running after 15 s. It is never killed: that loses up to 5 s of acknowledged writes.
        """
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired as problem:
            raise ToolError(
                f"azurite (process {self._process.pid}) did not stop within {_STOP_SECONDS:.0f} s"
            ) from problem

    def wait(self) -> int:
        """Wait until it ends by itself and return its exit code."""
        return self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def ensure_azurite(root: Path) -> Path:
    """Return the folder that holds `node_modules/azurite`, installing it into `root/azurite` on the first use.

    Raises:
        ToolError: the folder named by REMIT_AZURITE_DIR holds no Azurite, or Node.js or npm is missing or failed.
    """
    given = os.environ.get(DIRECTORY_VARIABLE)
    if given:
        if _script(Path(given)).exists():
            return Path(given)
        raise ToolError(
            f"`{DIRECTORY_VARIABLE}` names a folder without `node_modules/azurite`: unset it or install there"
        )
    folder = root / "azurite"
    if _installed_version(folder) != VERSION:
        _install(root, folder)
    return folder


def start(root: Path, data: Path, *, ports: Ports | None = None) -> Azurite:
    """Start Azurite with its data in `data` and wait until all three services listen.

    `root` is the folder for installed tools (`.remit`). Without `ports`, free ones are taken.

    Raises:
        ToolError: it is not installable, or it did not start; its own words are in `data/azurite.log`.
    """
    command = [*find_node(root).node, str(_script(ensure_azurite(root)))]
    data.mkdir(parents=True, exist_ok=True)
    for attempt in range(_ATTEMPTS):
        chosen = ports or Ports.free()
        started: Azurite | None = None
        try:
            with undisturbed():
                started = Azurite(_launch(command, data, ports=chosen), chosen)
            if _wait_until_listening(started):
                return started
        except BaseException:
            # Ctrl-C while it starts: nobody else knows of the process yet, so nobody else would end it.
            if started is not None:
                started.stop()
            raise
        if ports is not None or attempt == _ATTEMPTS - 1:
            break
    raise ToolError(f"azurite did not start on its ports: see `azurite.log` in its data folder `{data.name}`")


def main(arguments: list[str] | None = None) -> int:
    """Run one Azurite until SIGTERM or SIGINT; return 0 after a gentle stop, 2 when it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m devhost.azurite", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder for its data")
    parser.add_argument("--tools", type=Path, default=Path(".remit"), help="folder to install it in (default: .remit)")
    parser.add_argument("--ports", help="BLOB,QUEUE,TABLE (default: free ones)")
    given = parser.parse_args(arguments)
    ports = Ports(*(int(port) for port in given.ports.split(","))) if given.ports else None
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        with start(given.tools.resolve(), given.data.resolve(), ports=ports) as azurite:
            print(json.dumps({"ready": True, "connection_string": azurite.connection_string}), flush=True)
            return azurite.wait()
    except DevhostError as problem:
        print(f"devhost: {problem}", file=sys.stderr)
        return 2


def _script(folder: Path) -> Path:
    return folder / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"


def _installed_version(folder: Path) -> str | None:
    try:
        package = json.loads((folder / "node_modules" / "azurite" / "package.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return str(package.get("version"))


def _install(root: Path, folder: Path) -> None:
    # Installed beside and then moved, so that an interrupted installation is never taken for a whole one.
    partial = root / f"azurite.partial-{os.getpid()}"
    partial.mkdir(parents=True, exist_ok=True)
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    command = [*find_node(root).npm, "install", "--prefix", str(partial), *options, f"azurite@{VERSION}"]
    try:
        run_installer(command, f"npm could not install `azurite@{VERSION}`")
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _launch(command: list[str], data: Path, *, ports: Ports) -> subprocess.Popen[bytes]:
    # --skipApiVersionCheck: azure-storage-queue asks for an API version newer than Azurite knows, and gets 400 without.
    flags = ["--silent", "--disableTelemetry", "--skipApiVersionCheck", "--location", str(data)]
    for service, port in (("blob", ports.blob), ("queue", ports.queue), ("table", ports.table)):
        flags += [f"--{service}Host", "127.0.0.1", f"--{service}Port", str(port)]
    with (data / "azurite.log").open("ab") as log:
        # In its own session, so that a Ctrl-C at the terminal does not end it before the host has finished with it.
        return subprocess.Popen(  # noqa: S603  # The command is built by this package alone.
            command + flags, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=data, start_new_session=True
        )


def _wait_until_listening(azurite: Azurite) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    waiting = [azurite.ports.blob, azurite.ports.queue, azurite.ports.table]
    while waiting:
        if azurite._process.poll() is not None:
            return False
        if time.monotonic() > deadline:
            azurite.stop()
            return False
        if _is_listening(waiting[0]):
            waiting.pop(0)
        else:
            time.sleep(0.02)
    return True


def _is_listening(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.2):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
