"""Benchmarks are run by name (`pytest tests/benchmarks/…`), and never by the README's command."""

import pytest


def pytest_ignore_collect(collection_path, config: pytest.Config) -> bool | None:
    named = any("benchmarks" in str(argument) for argument in config.args)
    return None if named else True
