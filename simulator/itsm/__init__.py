"""A tiny ticket system that takes signed comments and handoffs; the simulator's own, not a vendor's."""
