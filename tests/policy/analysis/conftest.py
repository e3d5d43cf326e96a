"""The profiles of tests/policy, also when this folder is all that pytest is told to look at."""

import importlib

importlib.import_module("tests.policy.conftest")
