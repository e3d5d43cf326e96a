"""Teams as a bot sees it: conversations and activities, and people who answer its cards."""
