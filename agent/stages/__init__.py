"""One file a stage of the loop: `async (case, ports, now) -> Turn`. A stage saves, logs and enqueues nothing."""
