"""How fast policy is decided, loaded, analysed and replayed, against named peers: `python -m bench.policy`."""
