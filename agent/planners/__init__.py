"""Planners turn a request and what was seen into the next proposal. A planner proposes; it never decides."""
