"""host.json: Azure's defaults, limits and overrides."""

import json
from pathlib import Path

import pytest

from devhost.errors import AppError
from devhost.host_config import HostConfig, load_host_config, span_seconds


def _load(folder: Path, document: object, **environ: str) -> HostConfig:
    (folder / "host.json").write_text(json.dumps(document))
    return load_host_config(folder, environ)


def test_the_defaults_are_those_of_azure(tmp_path: Path) -> None:
    config = _load(tmp_path, {"version": "2.0"})
    queues = config.extensions.queues
    assert (queues.batch_size, queues.threshold, queues.max_dequeue_count) == (16, 8, 5)
    assert (queues.visibility_timeout, queues.max_polling_interval) == (0.0, 60.0)
    assert queues.message_encoding == "base64"
    assert (config.extensions.http.route_prefix, config.function_timeout) == ("api", 1800.0)


def test_what_is_written_is_read_and_other_extensions_are_ignored(tmp_path: Path) -> None:
    queues = {"batchSize": 4, "visibilityTimeout": "00:00:30", "messageEncoding": "none"}
    document = {
        "version": "2.0",
        "logging": {"x": 1},
        "functionTimeout": "-1",
        "extensions": {"queues": queues, "durableTask": {}, "http": {"routePrefix": "", "hsts": {}}},
    }
    config = _load(tmp_path, document)
    assert (config.extensions.queues.threshold, config.extensions.queues.visibility_timeout) == (2, 30.0)
    assert (config.extensions.http.route_prefix, config.function_timeout) == ("", None)


REFUSED = [
    [],
    {},
    {"version": "1.0"},
    {"version": "2.0", "extensions": {"queues": {"batchSize": 0}}},
    {"version": "2.0", "extensions": {"queues": {"batchSize": 33}}},
    {"version": "2.0", "extensions": {"queues": {"maxDequeueCount": 0}}},
    {"version": "2.0", "extensions": {"queues": {"batchsize": 4}}},
    {"version": "2.0", "extensions": {"queues": {"visibilityTimeout": 30}}},
    {"version": "2.0", "extensions": {"queues": {"messageEncoding": "utf8"}}},
    {"version": "2.0", "functionTimeout": "ten minutes"},
]


@pytest.mark.parametrize("document", REFUSED)
def test_what_azure_would_refuse_or_ignore_is_refused(tmp_path: Path, document: object) -> None:
    with pytest.raises(AppError, match=r"`host\.json`"):
        _load(tmp_path, document)


def test_an_absent_or_broken_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="cannot be read: FileNotFoundError"):
        load_host_config(tmp_path, {})
    (tmp_path / "host.json").write_text("{")
    with pytest.raises(AppError, match="cannot be read: JSONDecodeError"):
        load_host_config(tmp_path, {})


def test_app_settings_override_the_file_ignoring_case(tmp_path: Path) -> None:
    document = {"version": "2.0", "extensions": {"queues": {"batchSize": 4}}}
    environ = {
        "azurefunctionsjobhost__Extensions__Queues__batchsize": "8",
        "AzureFunctionsJobHost__functionTimeout": "00:05:00",
    }
    config = _load(tmp_path, document, **environ)
    assert (config.extensions.queues.batch_size, config.function_timeout) == (8, 300.0)


@pytest.mark.parametrize(
    ("text", "seconds"), [("00:00:30", 30.0), ("1.02:03:04", 93784.0), ("00:00:00.100", 0.1), ("10:00:00", 36000.0)]
)
def test_time_spans_are_those_of_dotnet(text: str, seconds: float) -> None:
    assert span_seconds(text) == seconds
