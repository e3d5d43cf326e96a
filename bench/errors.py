"""What stops a benchmark before it can say anything: the error of this package."""


class BenchError(Exception):
    """Whoever started the benchmark must correct something first: its arguments, its files or a failing test."""
