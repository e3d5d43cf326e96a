"""Reads that tests send, alone or with others in a batch."""

from agent.model.graph_call import GraphCall

USER = GraphCall(method="GET", path="/users/u-1", query=(("$select", "id,displayName"),))
MEMBERS = GraphCall(method="GET", path="/groups/g-1/members", query=(("$count", "true"),), eventual=True)
