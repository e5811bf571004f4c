"""The fault campaigns in small, on every run; fifty injections of each with `make slow`."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import campaign
import check
import table

QUICK = [
    ("kill", "sqlite", 2),
    ("kill", "postgresql", 2),
    ("newer", "postgresql", 1),
    ("partition", "postgresql", 1),
]
ALL = [(fault, kind) for fault, row in table.FAULTS.items() for kind in row.kinds]


def run(fault, kind, times, request):
    own = None
    if kind == "postgresql":  # a server of its own, as some faults stop it
        from postgres import Server

        own = Server()
        request.addfinalizer(own.remove)
    verdict = table.campaign(fault, kind, times, 7, own)
    if verdict is None:
        pytest.skip("needs the right to mount a small disk")
    assert verdict.is_clean, verdict
    assert verdict.injected == times and verdict.acknowledged > 0
    return verdict


@pytest.mark.parametrize(("fault", "kind", "times"), QUICK)
def test_a_few_faults_lose_and_double_nothing(fault, kind, times, request):
    """P1, P2, P6, P19: nothing acknowledged is lost or doubled, nothing stays running."""
    run(fault, kind, times, request)


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "kind"), ALL)
def test_fifty_faults_lose_and_double_nothing(fault, kind, request):
    run(fault, kind, 50, request)


@pytest.mark.parametrize("harm", ["lost", "doubled", "wrong"])
def test_the_checker_sees_what_is_broken(tmp_path, harm):
    """A checker that finds nothing must be able to find something."""
    made = campaign.Campaign("sqlite", None, 1)
    made.folder.joinpath("x.log").write_text('["ok", 0, 5.0]\n["info", 1, 6.0]\n')
    import trimtab as tt

    study = tt.create_study({"x": tt.Float(0, 1)}, storage=made.storage)
    study.tell(study.ask(), 4.0 if harm == "lost" else 5.0)
    if harm == "doubled":
        made.folder.joinpath("y.log").write_text('["ok", 0, 5.0]\n')
    if harm == "wrong":
        made.folder.joinpath("y.log").write_text('["fail", 1, 7.0]\n')
        study.tell(study.ask(), 7.0)
    verdict = check.check(study.ledger.journal, made.folder, 1.0, check.Verdict())
    study.ledger.journal.close()
    made.end()
    assert not verdict.is_clean and getattr(verdict, harm) >= 1
