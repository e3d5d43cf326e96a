"""What one cold start costs, measured from inside a fresh process: `python cold_probe.py ROOT MODULE [first-request]`.

Run by path and not with `-m`, so that nothing but the interpreter is loaded before the clock starts. Prints one
JSON object: seconds of the import (and of building the stack's parts), modules loaded, peak memory in bytes, and
which of the heavy packages are among the modules.
"""

import sys
import time

HEAVY = (
    "msgraph.generated.models",
    "msgraph",
    "azure.identity",
    "msal",
    "azure.data.tables",
    "azure.storage.queue",
    "azure.storage.blob",
    "azure.keyvault.secrets",
    "httpx",
)


def main() -> None:
    """Import, build if asked to, and print what it took."""
    root, module, *rest = sys.argv[1:]
    # The script's own folder would let the stack find names that it does not have in production.
    sys.path[0] = root
    started = time.perf_counter()
    app = __import__(module)
    if rest:
        import asyncio

        asyncio.run(app.stack.store())
    seconds = time.perf_counter() - started
    loaded = sorted(sys.modules)
    import json
    import os
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    heavy = [name for name in HEAVY if any(f"{one}.".startswith(f"{name}.") for one in loaded)]
    print(
        json.dumps(
            {
                "seconds": seconds,
                "modules": len(loaded),
                # Linux counts in KiB, macOS in bytes (getrusage(2)).
                "peak_bytes": peak if sys.platform == "darwin" else peak * 1024,
                "heavy": heavy,
            }
        ),
        flush=True,
    )
    # The clients of the parts are open and nobody will use them: leave without their complaints.
    os._exit(0)


if __name__ == "__main__":
    main()
