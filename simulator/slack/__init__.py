"""Slack as an app sees it: accounts of a tenant's people, their direct chats, and events that Slack signs."""
