"""A Python 3.13 virtualenv with the app's requirements and azure-functions-runtime, built once and kept in `.remit`."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from devhost.node import run_installer

RUNTIME: Final = "azure-functions-runtime==1.3.0"
"""The library that runs Python 3.13 apps in Azure Functions; it needs Python 3.13 or later."""

PYTHON_VARIABLE: Final = "REMIT_PYTHON313"
"""Names a Python 3.13 interpreter."""


def find_python313() -> Path | None:
    """Return a Python 3.13: the one REMIT_PYTHON313 names, else on PATH, else of pyenv; None when there is none."""
    candidates = [os.environ.get(PYTHON_VARIABLE, ""), shutil.which("python3.13") or ""]
    candidates += [str(folder / "bin" / "python") for folder in sorted((Path.home() / ".pyenv/versions").glob("3.13*"))]
    return next((Path(candidate) for candidate in candidates if candidate and _is_python313(candidate)), None)


def ensure_runtime_env(root: Path, requirements: Path, *, python: Path) -> Path:
    """Return the interpreter of the virtualenv `root/py313`, built anew when the requirements have changed.

    Raises:
        ToolError: the virtualenv or its packages cannot be installed.
    """
    home, stamp = root / "py313", hashlib.sha256(requirements.read_bytes() + RUNTIME.encode()).hexdigest()
    interpreter, stamp_file = home / "bin" / "python", home / "requirements.sha256"
    if stamp_file.exists() and stamp_file.read_text(encoding="utf-8") == stamp:
        return interpreter
    shutil.rmtree(home, ignore_errors=True)
    run_installer([str(python), "-m", "venv", str(home)], "a Python 3.13 virtualenv could not be made")
    install = [str(interpreter), "-m", "pip", "install", "--quiet", "-r", str(requirements), RUNTIME]
    run_installer(install, f"pip could not install the requirements and `{RUNTIME}`")
    # Written last, so that an interrupted build is built anew.
    stamp_file.write_text(stamp, encoding="utf-8")
    return interpreter


def _is_python313(candidate: str) -> bool:
    # A pyenv shim is on PATH also when no such Python is chosen, so only running it tells.
    command = [candidate, "-c", "import sys; print(sys.version_info[:2])"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # The user's own Python.
    except OSError:
        return False
    return done.stdout.strip() == "(3, 13)"
