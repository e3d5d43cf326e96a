"""What a command can refuse, named by who must act. Every one of them ends the command with exit code 2."""

from collections.abc import Iterable


class CommandError(Exception):
    """The root: catching it catches every refusal of this package and nothing else.

    CommandError
    |-- UsageError   whoever typed the command must change it
    `-- InputError   the author of a file must correct it
    """


class UsageError(CommandError):
    """The arguments do not fit each other, or name something that does not exist."""


class InputError(CommandError):
    """Files that cannot be used; the message has one line for each thing to correct, with the file's name."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))
