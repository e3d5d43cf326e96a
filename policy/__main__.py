"""`python -m policy`: check, question, compare and publish policy documents."""

import io
import os
import sys


def _run() -> int:
    try:
        # Here and not above, so that a Python without the development packages is told what to do.
        from policy.command.main import main
    except ModuleNotFoundError as missing:
        print(
            f"policy: the package `{missing.name}` is missing: run `make lint` once, then `.venv/bin/python -m policy`",
            file=sys.stderr,
        )
        return 2
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a letter shows `?` instead of ending the command.
            stream.reconfigure(errors="replace")
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the answer has gone, as `head` does; Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


if __name__ == "__main__":
    sys.exit(_run())
