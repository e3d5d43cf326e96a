"""One main host for the whole session; further hosts for tests that need their own switches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from azure.storage.queue import QueueServiceClient

from devhost import runtime_env
from tests.devhost.host_process import REPOSITORY, HostProcess

StartHost = Callable[..., HostProcess]


@pytest.fixture(scope="session")
def storage(azurite_connection: str) -> str:
    """The connection string that the hosts get."""
    return azurite_connection


@pytest.fixture(scope="session")
def python313() -> Path:
    """The interpreter of the virtualenv with azure-functions-runtime; built on the first use, which takes a minute."""
    python = runtime_env.find_python313()
    if python is None:
        pytest.skip("no Python 3.13: put python3.13 on PATH or name one in REMIT_PYTHON313")
    return runtime_env.ensure_runtime_env(REPOSITORY / ".remit", REPOSITORY / "requirements.txt", python=python)


@pytest.fixture(scope="session")
def queues(storage: str) -> Iterator[QueueServiceClient]:
    """A synchronous client of the same queues the hosts use."""
    with QueueServiceClient.from_connection_string(storage) as client:
        yield client


@pytest.fixture
def start_host(storage: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartHost]:
    """A function that starts one more host of the sample app; they are stopped when the test ends."""
    with _hosts(storage, tmp_path_factory) as start:
        yield start


@pytest.fixture(scope="session")
def host(storage: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """The main host of the session, with two keys."""
    with _hosts(storage, tmp_path_factory) as start:
        yield start("--keys", "default=abc,_master=xyz")


@pytest.fixture(scope="session")
def keyless_host(storage: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """A host of the session without keys."""
    with _hosts(storage, tmp_path_factory) as start:
        yield start()


@contextmanager
def _hosts(storage: str, folders: pytest.TempPathFactory) -> Iterator[StartHost]:
    started: list[HostProcess] = []

    def start(*arguments: str, **settings: str) -> HostProcess:
        all_settings = {"AzureWebJobsStorage": storage, **settings}
        started.append(HostProcess.start(folders.mktemp("host"), arguments, settings=all_settings))
        return started[-1]

    try:
        yield start
    finally:
        for host in started:
            host.process.terminate()
        for host in started:
            host.wait()
