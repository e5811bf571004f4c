"""`trimtab ask`, `tell` and `report`: a study from any shell or scheduler.

The ask-and-tell interface of sequential optimizers (Collette, Hansen et al. 2010), one verb a process.
A trial that was asked for is leased: if nobody tells its result in time, another `ask` may get it.
"""

from typing import Any

import click

from trimtab.cli.load import space_in
from trimtab.cli.place import JSON, STORAGE, STUDY, existing, open_study
from trimtab.cli.record import as_document, metrics_of
from trimtab.cli.table import cell_of, pairs_of, print_json
from trimtab.core.journal import Journal
from trimtab.core.message import Measured
from trimtab.core.outcome import observed, step_of
from trimtab.core.trial import Observation, Result
from trimtab.errors import InvalidArgument
from trimtab.executor.handle import Trial
from trimtab.space.space import Space
from trimtab.storage.locate import open_storage
from trimtab.study.create import create_study, load_study
from trimtab.study.study import Study

_LEASE = 3600.0  # seconds
_SIGNED = {"ignore_unknown_options": True}  # so that -1.5 is a value, not an option


@click.command()
@STORAGE
@STUDY
@click.option(
    "-n", "count", type=click.IntRange(min=1), default=1, show_default=True, help="How many trials."
)
@click.option(
    "--lease",
    type=click.FloatRange(min=0, min_open=True),
    default=_LEASE,
    show_default=True,
    metavar="S",
    help="Seconds until somebody else may get them.",
)
@click.option("--space", "file", metavar="FILE.YAML", help="Create the study, with this space.")
@click.option(
    "--param",
    "params",
    metavar="NAME=DOMAIN",
    multiple=True,
    help="Create the study; e.g. 'lr=1e-5..1e-1 log'; repeatable.",
)
@click.option("--minimize", metavar="METRIC", multiple=True, help="For a new study; repeatable.")
@click.option("--maximize", metavar="METRIC", multiple=True, help="For a new study; repeatable.")
@click.option("--sampler", metavar="NAME", help="For a new study; see `trimtab samplers`.")
@click.option("--seed", type=int, help="For a new study.")
@JSON
def ask(
    storage: str,
    study: str | None,
    count: int,
    lease: float,
    file: str | None,
    params: tuple[str, ...],
    as_json: bool,
    **new: Any,
) -> None:
    """Take the next trials of STUDY, the only one in STORAGE unless named.

    With --space or --param the study is created, if it is not there yet.

    With --json: a list of objects with number, config, seed and attempt.
    """
    declared = _declared(file, params)
    if declared is None and any(value not in (None, ()) for value in new.values()):
        raise click.UsageError(
            "--minimize, --maximize, --sampler and --seed need --space or --param."
        )
    if declared is None:
        found = load_study(storage=existing(storage), study_name=study)
    else:
        found = _created(declared, open_storage(storage), study or "study", **new)
    trials: list[Trial] = found.ask(count, lease=lease)
    if as_json:
        print_json(
            [
                {"number": t.number, "config": dict(t.config), "seed": t.seed, "attempt": t.attempt}
                for t in trials
            ]
        )
        return
    for trial in trials:
        click.echo(f"{trial.number}\t{pairs_of(trial.config)}")


@click.command(context_settings=_SIGNED)
@STORAGE
@click.argument("number", type=int)
@click.argument("values", nargs=-1, type=float, metavar="VALUE...")
@click.option("--state", type=click.Choice(["complete", "pruned", "failed"]), help="How it ended.")
@click.option("--reason", metavar="TEXT", help="Why it failed.")
@click.option(
    "--constraint",
    "constraints",
    type=float,
    multiple=True,
    metavar="C",
    help="Kept at or below 0; repeatable.",
)
@click.option("--cost", type=float, help="What it cost, in any unit.")
@click.option("--study", metavar="NAME", help="The only one, unless named.")
@JSON
def tell(
    storage: str,
    number: int,
    values: tuple[float, ...],
    state: str | None,
    reason: str | None,
    constraints: tuple[float, ...],
    cost: float | None,
    study: str | None,
    as_json: bool,
) -> None:
    """Say how trial NUMBER went: one VALUE for each objective.

    When the command returns, the result is durable. With --json: the trial as one object.
    """
    if not values and state in (None, "complete"):
        raise click.UsageError("Missing argument 'VALUE...'; or say --state failed, or pruned.")
    if values and state == "failed":
        raise click.UsageError("A failed trial has no VALUE.")
    if reason is not None and state != "failed":
        raise click.UsageError("--reason needs --state failed.")
    found = open_study(storage, study)
    result: Any = Result(_one_or_all(values), constraints, cost) if values else reason
    found.tell(number, result, state=state)
    record = found.history.record(number)
    if as_json:
        print_json(as_document(record))
        return
    told = zip(metrics_of(found), record.values or (), strict=False)
    words = " ".join(f"{name}={cell_of(value)}" for name, value in told)
    click.echo(f"trial {number} is {record.state.value} {words}".rstrip(), err=True)


@click.command(context_settings=_SIGNED)
@STORAGE
@click.argument("number", type=int)
@click.argument("step", type=int)
@click.argument("values", nargs=-1, type=float, required=True, metavar="VALUE...")
@click.option("--study", metavar="NAME", help="The only one, unless named.")
@JSON
def report(
    storage: str,
    number: int,
    step: int,
    values: tuple[float, ...],
    study: str | None,
    as_json: bool,
) -> None:
    """Say how running trial NUMBER is going: at STEP it measured VALUE.

    Prints what the trial shall do: continue or stop. With --json: an object with the decision.
    """
    found = open_study(storage, study)
    checked = observed(_one_or_all(values), len(found.directions))
    measured = Measured(number, (Observation(step_of(step), checked),), asks=True)
    decision = found.ledger.measured(measured)
    if as_json:
        print_json({"number": number, "step": step, "decision": decision.value})
    else:
        click.echo(decision.value)


def _one_or_all(values: tuple[float, ...]) -> Any:
    return values[0] if len(values) == 1 else values


def _declared(file: str | None, params: tuple[str, ...]) -> Space | None:
    if file is not None and params:
        raise click.UsageError("--space and --param exclude each other; keep one.")
    if file is not None:
        return space_in(file)
    if not params:
        return None
    pairs = [param.partition("=") for param in params]
    for name, is_named, _ in pairs:
        if not is_named:
            raise InvalidArgument(f"--param {name!r}: write NAME=DOMAIN, e.g. 'lr=1e-5..1e-1 log'")
    return Space([(name.strip(), text.strip()) for name, _, text in pairs])


def _created(
    space: Space,
    journal: Journal,
    name: str,
    *,
    minimize: tuple[str, ...],
    maximize: tuple[str, ...],
    sampler: str | None,
    seed: int | None,
) -> Study:
    goals = dict.fromkeys(minimize, "minimize") | dict.fromkeys(maximize, "maximize")
    return create_study(
        space,
        direction=goals or None,
        sampler=sampler,
        storage=journal,
        study_name=name,
        load_if_exists=True,
        seed=seed,
    )
