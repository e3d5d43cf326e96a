"""Everything the development host can raise, named by who must act."""


class DevhostError(Exception):
    """The root: catching it catches every refusal of this package and nothing else."""


class StartError(DevhostError):
    """Whoever starts the host must change a setting, an argument or the environment."""


class AppError(DevhostError):
    """The author of `function_app.py` or `host.json` must change it: the Functions runtime would refuse it too."""


class ListenerError(DevhostError):
    """The host itself broke while running: a listener ended with an error that is nobody's to expect."""


class InvocationError(DevhostError):
    """A function ran against the rules of the runtime, so its invocation counts as failed."""


class ToolError(DevhostError):
    """A program this machine needs (Node.js, npm, pip, Azurite) is absent or could not be installed."""


class StoryError(DevhostError):
    """A story could not be told to its end: a webhook or a click was not accepted, or a case did not end in time."""
