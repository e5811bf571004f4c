"""What this installation has."""

import json
import sqlite3

import numpy
from click.testing import CliRunner

from trimtab import __version__
from trimtab.cli.main import cli
from trimtab.sampler.registry import REGISTRY


def ok(*args: str) -> str:
    done = CliRunner().invoke(cli, list(args))
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    return done.stdout


def test_every_sampler_is_listed_with_what_it_can_do() -> None:
    found = {sampler["name"]: sampler for sampler in json.loads(ok("samplers", "--json"))}
    assert list(found) == REGISTRY.names()
    assert all(sampler["about"] for sampler in found.values())
    assert found["Sobol"]["supports"]["is_sequence"] is True
    assert found["Sobol"]["settings"]["scramble"] is True
    assert found["Manual"]["settings"]["configs"] == "required"
    assert len(ok("samplers").splitlines()) == 1 + len(found)


def test_versions() -> None:
    found = json.loads(ok("version", "--json"))
    assert found["trimtab"] == __version__
    assert (found["numpy"], found["sqlite"]) == (numpy.__version__, sqlite3.sqlite_version)
    assert ok("version").split()[:2] == ["trimtab", __version__]
