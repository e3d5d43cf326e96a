"""The validator made from Microsoft Graph's published metadata. It is no part of the project and may be missing."""

import importlib.util
import sys
import warnings
from pathlib import Path
from types import ModuleType

FACTS = Path(__file__).resolve().parents[2] / "shared" / "graph"


def validator() -> ModuleType | None:
    """Return the validator as a module, or None where it does not lie beside the project."""
    path = FACTS / "validate.py"
    if not path.exists():
        return None
    spec = importlib.util.spec_from_file_location("graph_validate", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Nothing is written beside the metadata, not even compiled code.
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        with warnings.catch_warnings():
            # It leaves its data files to the garbage collector.
            warnings.simplefilter("ignore", ResourceWarning)
            spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module
