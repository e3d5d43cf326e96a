"""Many workers on the same cases at once, on real Table Storage."""
