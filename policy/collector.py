"""Loading without Python's cyclic garbage collector, which would walk the growing heap over and over.

Reading a bundle and compiling it makes hundreds of thousands of small objects that all stay, and no cycle. The
collector looks for cycles whenever the heap has grown by a quarter, so it would take almost half of the time.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the collector from starting inside the block, whatever happens there.

    What was made counts as old afterwards: the next full collection sees it, the small ones in between do not. A
    collector that is off already stays off. Two threads may do this at once: the first to leave turns it on again,
    which costs the other one time only.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # Freezing and thawing makes everything old without looking at it. What somebody else froze stays frozen.
        if not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()
        if was_enabled:
            gc.enable()
