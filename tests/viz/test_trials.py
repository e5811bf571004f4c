import re

import trimtab as tt
from trimtab.viz.trials import failures, leading, reasons, trials_table
from trimtab.viz.view import view_of


def test_the_best_come_first(mixed):
    view = view_of(mixed.history)
    order = sorted((t.value, t.number) for t in mixed.trials if t.state == "complete")
    assert leading(view) == [number for _, number in order[:20]]
    assert len(leading(view, 3)) == 3


def test_with_two_objectives_the_front_comes_first(told):
    results = [(3.0, 3.0), (0.0, 5.0), (1.0, 9.0), (5.0, 0.0)]
    view = view_of(told({"x": tt.Float(0, 1)}, results, direction=["minimize"] * 2).history)
    assert leading(view) == [1, 0, 3, 2]


def test_cells_sort_by_their_exact_value(mixed):
    view = view_of(mixed.history)
    best = mixed.best
    table = trials_table(view, leading(view))
    assert table.count("<tr data-n=") == 20 and table.count('class="lead"') == 1
    assert f'data-v="{best.value!r}"' in table and f'data-v="{best.config["rate"]!r}"' in table


def test_cpu_and_memory_have_columns_where_they_were_measured():
    study = tt.create_study({"x": [1, 2]}, seed=1)
    study.optimize(lambda x: x, 2, executor="process", progress=False)
    table = trials_table(view_of(study.history), leading(view_of(study.history)))
    assert ">CPU s<" in table and ">MiB<" in table
    assert repr(study.trials[0].usage.cpu_seconds) in table
    told = tt.create_study({"x": [1, 2]}, seed=1)
    told.tell(told.ask(), 1.0)
    view = view_of(told.history)
    assert ">CPU s<" not in trials_table(view, leading(view))


def test_reasons_are_grouped_by_their_last_line(mixed):
    groups = reasons(view_of(mixed.history))
    assert {k: [r.number for r in v] for k, v in groups.items()} == {
        "MemoryError: 1": [5, 13, 21, 29, 37]
    }


def test_the_most_frequent_reason_comes_first_and_the_rest_is_counted(told):
    results = [
        "failed rare",
        *["failed often"] * 3,
        "failed",
        *[f"failed kind {i}" for i in range(20)],
    ]
    study = told({"x": tt.Float(0, 1)}, results)
    assert next(iter(reasons(view_of(study.history)))) == "often"
    html = failures(view_of(study.history))
    assert re.findall(r'"count">(\d+)<', html)[0] == "3"
    assert "11 rarer reasons are not shown" in html and "no reason given" in html
