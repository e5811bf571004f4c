import json

from trimtab.bench.method import Ours
from trimtab.bench.runner import compare, read, run_once

RANDOM, SOBOL = Ours("random", "random"), Ours("sobol", "sobol")


def test_one_run(bowl):
    run = run_once(RANDOM, bowl, 2, 4)
    assert run.key == ("random", "bowl", 2)
    assert len(run.values) == len(run.truths) == 4
    assert all(abs(v - t - 2) < 1e-12 for v, t in zip(run.values, run.truths, strict=True))
    assert run.error == ""


def test_a_failure_is_a_result(bowl, peer):
    run = run_once(peer(2), bowl, 0, 4)
    assert run.error.startswith("PeerFailed: peer 'counter' ended")
    assert run.values == ()


def test_goes_on_where_it_was(bowl, tmp_path):
    path = tmp_path / "runs.jsonl"
    first = compare([RANDOM], [bowl], range(2), 3, path)
    with path.open("a") as file:
        file.write('{"method": "cut o')
    before = path.read_text()
    path.write_text(before + "\n")
    both = compare([RANDOM, SOBOL], [bowl], range(3), 3, path)
    assert both[:2] == first == read(path)[:2]
    keys = [r.key[::2] for r in both]
    assert keys == [
        ("random", 0),
        ("random", 1),
        ("sobol", 0),
        ("sobol", 1),
        ("random", 2),
        ("sobol", 2),
    ]
    assert len(path.read_text().splitlines()) == 7
    assert read(path) == both


def test_more_trials_are_run_anew(bowl, tmp_path):
    path = tmp_path / "runs.jsonl"
    compare([RANDOM], [bowl], range(1), 3, path)
    assert [len(run.values) for run in compare([RANDOM], [bowl], range(1), 5, path)] == [5]
    assert [len(run.values) for run in compare([RANDOM], [bowl], range(1), 4, path)] == [5]
    assert len(read(path)) == 2


def test_a_line_that_was_cut_off_costs_no_other(bowl, tmp_path):
    path = tmp_path / "runs.jsonl"
    path.write_text('{"method": "cut o')
    assert compare([RANDOM], [bowl], range(1), 3, path) == read(path) != []


def test_no_time_left(bowl, tmp_path):
    path = tmp_path / "runs.jsonl"
    assert compare([RANDOM], [bowl], range(2), 3, path, seconds=-1.0) == []
    assert read(path) == []


def test_processes_find_the_same(peer, tmp_path):
    from trimtab.bench.puzzle import FunctionPuzzle

    puzzles = [FunctionPuzzle("branin"), FunctionPuzzle("sphere", 3)]
    alone = compare([RANDOM], puzzles, range(2), 3, tmp_path / "a.jsonl")
    both = compare([RANDOM], puzzles, range(2), 3, tmp_path / "b.jsonl", n_workers=2)
    assert {r.key: r.values for r in both} == {r.key: r.values for r in alone}
    assert len(json.loads((tmp_path / "b.jsonl").read_text().splitlines()[0])["values"]) == 3
