"""The crash matrix: real processes, killed at every boundary of every stage, and what then became of each case."""
