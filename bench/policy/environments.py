"""The virtual environments of the peers: made when they are first needed, below `.remit/bench`, and kept."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench.errors import BenchError

REQUIREMENTS: Final = Path(__file__).with_name("requirements")
_INSTALL_SECONDS: Final = 600


class Environments:
    """The environments in one folder. `tell` hears what is going on, in a few words."""

    def __init__(self, folder: Path, *, tell: Callable[[str], None]) -> None:
        self._folder = folder
        self._tell = tell
        self._refused: dict[str, BenchError] = {}

    def python(self, name: str) -> Path:
        """Return the interpreter of the environment `name`, or our own when the name is empty.

        Raises:
            BenchError: the packages cannot be installed. It is tried once only.
        """
        if not name:
            return Path(sys.executable)
        if name in self._refused:
            raise self._refused[name]
        try:
            return self._made(name)
        except BenchError as error:
            self._refused[name] = error
            raise

    def _made(self, name: str) -> Path:
        wanted = f"{sys.version}\n{(REQUIREMENTS / f'{name}.txt').read_text(encoding='utf-8')}"
        folder = self._folder / name
        python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        # Written last, so that an environment that was not finished is made again.
        stamp = folder / "installed.txt"
        if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return python
        self._tell(f"making the environment of {name}")
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        self._tell(f"installing {name}")
        file = str(REQUIREMENTS / f"{name}.txt")
        _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", file])
        stamp.write_text(wanted, encoding="utf-8")
        return python


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BenchError(f"cannot be installed: {error}") from None
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise BenchError(f"cannot be installed: {words[-1]}")
