"""What stops an evaluation before it can say anything: the error of this package."""


class EvaluationError(Exception):
    """Whoever started the evaluation must correct something first: its arguments or the files of the corpus."""
