from trimtab.core.journal import StudyRow
from trimtab.viz.provenance import facts, provenance_table, settings

META = {
    "git": {"commit": "abc123", "is_dirty": True, "diff": "secret"},
    "python": "3.11.7",
    "packages": {"numpy": "2.4", "trimtab": "0.1"},
    "machine": {"system": "Linux", "cpus": 2, "memory": 8 * 2**30, "host": "box"},
    "argv": ["tune.py", "--fast"],
}


def row(meta):
    return StudyRow(1, "s", ("minimize",), 7, meta, 0.0, 3)


def test_facts():
    found = dict(facts(row(META), {"name": "tpe", "gamma": 0.1}))
    assert found["seed"] == 7 and found["created"] == "1970-01-01 00:00:00 UTC"
    assert found["git commit"] == "abc123, with changes that were not committed"
    assert found["machine"] == "Linux, 2 CPUs, 8.0 GiB, box"
    assert found["command"] == "tune.py --fast" and found["sampler"] == 'tpe {"gamma": 0.1}'


def test_what_is_not_known_is_left_out():
    assert set(dict(facts(row({}), {}))) == {"study", "created", "directions", "seed", "sampler"}
    assert set(dict(facts(row({"git": None, "machine": {}}), {}))) >= {"study"}


def test_packages_are_listed_and_the_diff_is_not():
    html = provenance_table(row(META), {"name": "random"})
    assert "numpy==2.4" in html and "secret" not in html


def test_a_sampler_without_settings_is_its_name():
    assert settings({"name": "random"}) == "random" and settings({}) == "unknown"
