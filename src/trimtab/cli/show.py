"""`trimtab show`, `trials` and `best`: what a storage holds, for eyes and for other programs.

Summaries follow what reports of tuning should state (Bischl et al. 2023, Hyperparameter Optimization):
the space, the budget that was spent, the seeds, and where it ran.
"""

import time
from dataclasses import asdict
from typing import Any

import click

from trimtab.analysis.usage import used
from trimtab.cli.place import JSON, STORAGE, STUDY, existing, open_study
from trimtab.cli.record import as_document, metrics_of
from trimtab.cli.table import cell_of, pairs_of, print_json, print_table, safe
from trimtab.core.journal import StudyRow
from trimtab.core.trial import Record, TrialState
from trimtab.errors import InvalidArgument, NothingYet, StorageError
from trimtab.study.create import find_study, load_study
from trimtab.study.study import Study


@click.command()
@STORAGE
@STUDY
@click.option("--workers", is_flag=True, help="How busy each worker of the STUDY was.")
@JSON
def show(storage: str, study: str | None, workers: bool, as_json: bool) -> None:
    """The studies in STORAGE, or the summary of one STUDY.

    With --json: a list of studies, or with STUDY one object; with --workers a list of workers.
    """
    journal = existing(storage)
    if workers:
        _show_workers(open_study(storage, study), as_json)
        return
    if study is None:
        rows = journal.studies()
        listed = [_listed(row) for row in rows]
        if as_json:
            print_json(listed)
            return
        print_table(
            ["study", "directions", "trials", "created"],
            [(r.name, ",".join(r.directions), r.n_trials, _date(r.created)) for r in rows],
        )
        if len(rows) != 1:
            return
        click.echo()
    row = find_study(journal, study)
    found = load_study(storage=journal, study_name=row.name)
    _put_back(found)
    summary = _summary(row, found)
    if as_json:
        print_json(summary)
    else:
        _print_summary(summary, found)


@click.command()
@STORAGE
@STUDY
@click.option("--state", type=click.Choice([s.value for s in TrialState]), help="Only these.")
@click.option("--sort", type=click.Choice(["number", "value"]), default="number", show_default=True,
              help="By number, or the best first.")  # fmt: skip
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@JSON
def trials(
    storage: str, study: str | None, state: str | None, sort: str, limit: int | None, as_json: bool
) -> None:
    """The trials of STUDY, the only one in STORAGE unless named.

    With --json: a list of objects, one for each trial.
    """
    found = open_study(storage, study)
    _put_back(found)
    records = [r for r in found.trials if state is None or r.state.value == state]
    if sort == "value":
        records = _best_first(found, records)
    records = records[:limit]
    if as_json:
        print_json([as_document(record) for record in records])
        return
    _print_trials(found, records)


@click.command()
@STORAGE
@STUDY
@JSON
def best(storage: str, study: str | None, as_json: bool) -> None:
    """The best trial of STUDY; with several objectives, the trials that no other one beats.

    With --json: one object; with several objectives, a list of them.
    """
    found = open_study(storage, study)
    is_single = len(found.directions) == 1
    records = [found.best] if is_single else found.best_trials
    if not records:
        raise NothingYet("no trial has completed yet, or none keeps the constraints")
    if as_json:
        documents = [as_document(record) for record in records]
        print_json(documents[0] if is_single else documents)
    elif is_single:
        top = records[0]
        lines = [("trial", top.number), (metrics_of(found)[0], top.value), *top.config.items()]
        names = [cell_of(name) for name, _ in lines]
        width = max(map(len, names))
        for name, (_, value) in zip(names, lines, strict=True):
            click.echo(f"{name:{width}}  {cell_of(value)}")
    else:
        _print_trials(found, records)


def _show_workers(study: Study, as_json: bool) -> None:
    found = used(study.history).workers
    if as_json:
        print_json([asdict(worker) for worker in found])
        return
    rows = [(w.worker, w.n_trials, w.busy, f"{w.share:.0%}") for w in found]
    print_table(["worker", "trials", "busy s", "utilisation"], rows)


def _listed(row: StudyRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "directions": list(row.directions),
        "n_trials": row.n_trials,
        "seed": row.seed,
        "created": row.created,
    }


def _summary(row: StudyRow, study: Study) -> dict[str, Any]:
    history = study.history
    fronts = [as_document(record) for record in study.best_trials]
    provenance = {key: value for key, value in row.meta.items() if key != "define_by_run"}
    return _listed(row) | {
        "n_trials": len(history),
        "metrics": metrics_of(study),
        "sampler": history.sampler,
        "counts": {s.value: n for s, n in zip(TrialState, history.counts, strict=True)},
        "best": fronts[:1] if len(study.directions) == 1 else fronts,
        "queued": len(history.queue),
        "used": asdict(used(history)),
        "space": study.space.to_dict(),
        "user_attrs": study.user_attrs,
        "provenance": provenance,
    }


def _print_summary(summary: dict[str, Any], study: Study) -> None:
    goals = zip(summary["metrics"], summary["directions"], strict=True)
    counts = [f"{n} {state}" for state, n in summary["counts"].items() if n]
    lines = {
        "study": summary["name"],
        "goal": ", ".join(f"{direction} {metric}" for metric, direction in goals),
        "trials": f"{summary['n_trials']}" + (f" ({', '.join(counts)})" if counts else ""),
        "used": str(used(study.history)),
        "sampler": pairs_of(summary["sampler"]),
        "seed": summary["seed"],
        "created": _date(summary["created"]),
        "where": _where(summary["provenance"]),
    }
    if summary["queued"]:
        lines["queued"] = f"{summary['queued']} configurations with a priority"
    if len(summary["best"]) == 1:
        top = summary["best"][0]
        values = ", ".join(cell_of(value) for value in top["values"])
        lines["best"] = f"{values} (trial {top['number']}: {pairs_of(top['config'])})"
    elif summary["best"]:
        lines["best"] = f"{len(summary['best'])} trials that no other one beats"
    for name, value in lines.items():
        click.echo(safe(f"{name:8} {value}"))
    click.echo(safe(f"\n{study.space.describe()}"))


def _where(provenance: dict[str, Any]) -> str:
    git = provenance.get("git") or {}
    commit = str(git.get("commit", ""))[:10]
    machine = provenance.get("machine") or {}
    parts = [
        f"Python {provenance['python']}" if "python" in provenance else "",
        f"trimtab {(provenance.get('packages') or {}).get('trimtab', '')}".strip(),
        str(machine.get("system", "")),
        f"git {commit}{' with changes' if git.get('is_dirty') else ''}" if commit else "",
    ]
    return ", ".join(part for part in parts if part)


def _print_trials(study: Study, records: list[Record]) -> None:
    metrics = metrics_of(study)
    names = list(dict.fromkeys(name for record in records for name in record.config))
    rows = [
        [
            record.number,
            record.state.value,
            *(record.values or [None] * len(metrics)),
            *(record.config.get(name) for name in names),
            record.seconds,
            None if record.usage is None else record.usage.cpu_seconds,
            _mib(record),
        ]
        for record in records
    ]
    head = ["number", "state", *metrics, *names, "seconds", "cpu", "MiB"]
    measured = [i for i in range(len(head)) if i < len(head) - 2 or any(row[i] for row in rows)]
    print_table([head[i] for i in measured], [[row[i] for i in measured] for row in rows])


def _mib(record: Record) -> int | None:
    peak = None if record.usage is None else record.usage.peak_rss
    return None if peak is None else round(peak / 2**20)


def _best_first(study: Study, records: list[Record]) -> list[Record]:
    if len(study.directions) > 1:
        raise InvalidArgument(
            "--sort value: the study has several objectives; `trimtab best` lists the trials that no "
            "other one beats"
        )
    sign = study.direction.sign
    worst = float("inf")
    return sorted(records, key=lambda r: worst if r.value is None else sign * r.value)


def _put_back(study: Study) -> None:
    """Trials of workers that are gone count as waiting; a storage that cannot be written stays as it is."""
    try:
        study.ledger.reap()
    except StorageError:
        return


def _date(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
