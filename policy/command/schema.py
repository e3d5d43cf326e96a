"""`schema`: the JSON Schema of policy documents, for editors."""

import argparse

from policy.command.command import Answer, Command, Terminal
from policy.schema import document_schema


def _arguments(_: argparse.ArgumentParser) -> None:
    """Take no arguments of its own."""


def _run(_: argparse.Namespace, __: Terminal) -> Answer:
    return Answer(document_schema())


SCHEMA = Command("schema", "print the JSON Schema of policy documents", _arguments, _run)
