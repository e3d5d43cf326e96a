"""What every test stands on: no network but loopback, and one Azurite and one local stack for the whole run."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from devhost import azurite
from devhost.desk import Desk
from devhost.stack import LocalStack
from tests import network_guard
from tests.journeys.stacks import local_stack

ROOT = Path(__file__).resolve().parents[1]

# How long an example takes says something about the machine, and nothing about the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """Close the network before anything is imported or collected, and forget how wide the terminal is."""
    network_guard.close()
    # A test that runs beside others is told the width of the terminal that shows them.
    os.environ.pop("COLUMNS", None)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Open it again for whoever runs pytest inside another program."""
    network_guard.open_again()


@pytest.fixture(scope="session")
def azurite_connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of the run's Azurite. Its stage queues belong to no host, unlike those of `stack`."""
    with azurite.start(ROOT / ".remit", tmp_path_factory.mktemp("azurite")) as running:
        yield running.connection_string


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """What `make run` starts: Azurite, the simulated cloud and the function app, with the sample tenant and policy."""
    with local_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="session")
def desk(stack: LocalStack) -> Iterator[Desk]:
    """The people around `stack`."""
    opened = Desk(stack.address)
    yield opened
    opened.close()
