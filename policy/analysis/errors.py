"""What can go wrong with an analysis: it is asked for more cells than it may compute."""

from policy.errors import PolicyError


class TooLargeError(PolicyError):
    """A question has more cells than `max_cells`, or a set attribute too many members to tell apart.

    Whoever asks must allow more cells, ask about less, or give the analysis a solver. `action` is the action
    asked about; `sizes` are the attributes with their number of classes, largest first.
    """

    def __init__(self, message: str, *, action: str, sizes: tuple[tuple[str, int], ...]) -> None:
        self.action = action
        self.sizes = sizes
        super().__init__(message)
