"""`host.json` as the host understands it: queue, HTTP and timeout settings with Azure's defaults and limits."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from devhost.errors import AppError

_OVERRIDE_PREFIX = "azurefunctionsjobhost__"
_SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)")


def span_seconds(text: object) -> float:
    """Seconds of a .NET time span such as `00:00:30`, `1.02:03:04` or `00:00:00.100`.

    Raises:
        ValueError: the text is not a time span.
    """
    match = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("expected a time span such as `00:00:30`")
    days, hours, minutes, seconds = match.groups()
    return int(days or 0) * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _timeout_seconds(text: object) -> float | None:
    # -1 means no limit (Microsoft Learn, host.json reference, functionTimeout).
    return None if text in ("-1", -1) else span_seconds(text)


Span = Annotated[float, BeforeValidator(span_seconds)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class QueueConfig(_Section):
    """`extensions.queues` (Microsoft Learn, "Azure Queue storage bindings", host.json settings); times in seconds.

    `visibility_timeout` is only the delay after a failure. While a message is being processed it is hidden for ten
    minutes whatever this says (azure-webjobs-sdk QueueListener.cs).
    """

    max_polling_interval: Span = Field(default=60.0, ge=0.1)
    visibility_timeout: Span = 0.0
    batch_size: int = Field(default=16, ge=1, le=32)
    max_dequeue_count: int = Field(default=5, ge=1)
    new_batch_threshold: int | None = Field(default=None, ge=0)
    message_encoding: Literal["base64", "none"] = "base64"

    @property
    def threshold(self) -> int:
        """How many messages may still be running when the next batch is asked for; half a batch when not set."""
        return self.batch_size // 2 if self.new_batch_threshold is None else self.new_batch_threshold


class HttpConfig(_Section):
    """`extensions.http`: where the routes hang and how large a body may be."""

    model_config = ConfigDict(extra="ignore")

    route_prefix: str = "api"
    max_request_body_size: int = Field(default=104_857_600, gt=0)


class Extensions(_Section):
    """`extensions`: the two sections this host implements; those of other extensions are ignored."""

    model_config = ConfigDict(extra="ignore")

    queues: QueueConfig = QueueConfig()
    http: HttpConfig = HttpConfig()


class HostConfig(_Section):
    """The parts of `host.json` that change what a function sees."""

    model_config = ConfigDict(extra="ignore")

    version: Literal["2.0"]
    extensions: Extensions = Extensions()
    # 30 minutes is the default on Flex Consumption (ScriptJobHostOptionsSetup in azure-functions-host).
    function_timeout: Annotated[float | None, BeforeValidator(_timeout_seconds)] = 1800.0


def load_host_config(app: Path, environ: Mapping[str, str]) -> HostConfig:
    """Read `host.json` of the folder `app`, with the overrides in `environ`.

    Settings named `AzureFunctionsJobHost__extensions__queues__batchSize` override the file, as in Azure
    (Microsoft Learn, host.json reference, "Override host.json values").

    Raises:
        AppError: the file is absent, is not JSON, or holds a value the Functions host would refuse.
    """
    try:
        document = json.loads((app / "host.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise AppError(f"`host.json` cannot be read: {type(problem).__name__}") from problem
    if not isinstance(document, dict):
        raise AppError("`host.json`: expected a JSON object")
    for name, text in environ.items():
        if name.lower().startswith(_OVERRIDE_PREFIX):
            _override(document, name[len(_OVERRIDE_PREFIX) :].split("__"), text=text)
    try:
        return HostConfig.model_validate(document)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise AppError(f"`host.json`, `{where}`: {first['msg'].lower()}") from problem


def _override(document: dict[str, Any], keys: list[str], *, text: str) -> None:
    node = document
    for key in keys[:-1]:
        child = node.setdefault(_spelling(node, key), {})
        if not isinstance(child, dict):
            raise AppError(f"`host.json`, `{key}`: expected an object to override")
        node = child
    node[_spelling(node, keys[-1])] = text


def _spelling(node: Mapping[str, Any], key: str) -> str:
    # .NET configuration keys are case-insensitive, so an override meets the file's own spelling.
    return next((known for known in node if known.lower() == key.lower()), key)
