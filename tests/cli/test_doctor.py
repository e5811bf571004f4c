import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

import trimtab as tt
from trimtab.cli.main import cli
from trimtab.storage import schema
from trimtab.storage.connection import Connection
from trimtab.storage.doctor import examine


def levels(storage) -> dict[str, str]:
    found: dict[str, str] = {}
    for finding in examine(storage):
        found[finding.check] = max(found.get(finding.check, "aa"), finding.level, key=RANK.index)
    return found


RANK = ["aa", "ok", "warn", "bad"]


def test_a_sound_file(storage):
    before = Path(storage).read_bytes()
    result = CliRunner().invoke(cli, ["doctor", storage, "--json"])
    assert result.exit_code == 0, result.output
    found = {f["check"]: f["level"] for f in json.loads(result.output)}
    assert found["filesystem"] == found["integrity"] == found["version"] == "ok"
    assert Path(storage).read_bytes() == before


def test_a_dead_workers_trial_is_found(tmp_path):
    path = tmp_path / "s.db"
    tt.create_study({"x": tt.Float(0, 1)}, storage=path).ask(lease=1e-9)
    assert levels(path)["leases"] == "warn"
    text = CliRunner().invoke(cli, ["doctor", str(path)]).output
    assert "trial 0 of 'study'" in text and "worker went silent" in text


def test_an_older_file_is_migrated_in_a_copy_only(tmp_path):
    """P19: the dry run of a migration leaves the file as it is."""
    path = tmp_path / "s.db"
    link = Connection(path, create=True)
    schema.ready(link, wal=False, steps=schema.STEPS[:1])
    link.close()
    found = levels(path)
    assert found["version"] == "warn" and found["migration (dry run)"] == "ok"
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (1,)
    raw.close()
    assert {p.name for p in tmp_path.iterdir()} <= {"s.db", "s.db-journal"}


@pytest.mark.parametrize(
    "harm", ["UPDATE trial SET attempt = 9 WHERE number = 4", "DELETE FROM event WHERE seq = 3"]
)
def test_damage_is_found(storage, harm):
    """P20: a row against its events."""
    raw = sqlite3.connect(storage)
    raw.execute("DROP TRIGGER event_stays")
    raw.execute(harm)
    raw.commit()
    raw.close()
    result = CliRunner().invoke(cli, ["doctor", storage])
    assert result.exit_code == 1 and "integrity" in result.output


def test_a_newer_file_a_foreign_one_and_none(storage, tmp_path):
    raw = sqlite3.connect(storage)
    raw.execute("PRAGMA user_version=99")
    raw.close()
    assert levels(storage)["version"] == "bad"
    other = tmp_path / "other.db"
    raw = sqlite3.connect(other)
    raw.execute("CREATE TABLE t(x)")
    raw.close()
    assert levels(other)["file"] == "bad"
    (tmp_path / "noise.db").write_bytes(b"noise" * 1000)
    assert levels(tmp_path / "noise.db")["file"] == "bad"
    result = CliRunner().invoke(cli, ["doctor", str(tmp_path / "none.db")])
    assert result.exit_code == 1 and "no such file" in result.output
    assert not (tmp_path / "none.db").exists()


def test_a_server(postgres):
    url = postgres.url("doctor")
    result = CliRunner().invoke(cli, ["doctor", url])
    assert result.exit_code == 1 and "there is no storage in schema 'doctor'" in result.output
    study = tt.create_study({"x": tt.Float(0, 1)}, storage=url)
    study.tell(study.ask(), 1.0)
    study.ask()
    found = levels(url)
    assert set(found.values()) == {"ok"}, found
    study.ledger.journal.close()
    postgres.sql("UPDATE doctor.trial SET renewed = 0 WHERE number = 1")
    assert levels(url)["leases"] == "warn"
    postgres.sql("UPDATE doctor.study SET next_number = 7")
    assert levels(url)["integrity"] == "bad"
