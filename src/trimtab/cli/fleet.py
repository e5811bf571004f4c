"""`trimtab fleet slurm|kubernetes`: a script, or a manifest, that starts workers on a cluster.

It is printed, to be read and kept beside the code. Every worker runs `trimtab worker`, so there is no driver,
and a worker that is lost is a trial that another one takes over. Formats: Slurm's job arrays (Yoo, Jette &
Grondona 2003, SLURM) and Kubernetes' indexed jobs, batch/v1 (since 2022).
"""

import re
import shlex
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import click
import yaml

from trimtab.cli.place import options
from trimtab.errors import InvalidArgument

_ID = "TRIMTAB_WORKER_ID"
_GRACE = 60  # seconds between SIGTERM and SIGKILL: a worker puts its trials back in one

COMMON = options(
    click.argument("storage"),
    click.argument("study"),
    click.argument("objective", required=False, metavar="[MODULE:FUNCTION]"),
    click.option(
        "--workers", type=click.IntRange(1, 10_000), default=10, help="How many.  [default: 10]"
    ),
    click.option("--n-trials", type=click.IntRange(min=1), help="Trials of the study in the end."),
    click.option("--cpus", type=click.IntRange(min=1), default=1, help="For each worker."),
    click.option("--gpus", type=click.IntRange(min=0), default=0, help="For each worker."),
    click.option("--memory", default="4G", metavar="SIZE", help="For each worker.  [default: 4G]"),
)


@click.group()
def fleet() -> None:
    """Print what starts many workers on a cluster: a Slurm script, or a Kubernetes manifest.

    \b
    trimtab fleet slurm postgresql://me@db/hpo study train:loss --n-trials 500 > study.sbatch
    trimtab fleet kubernetes postgresql://me@db/hpo study train:loss --image me/train > job.yaml

    The password is left out: put it into ~/.pgpass or PGPASSWORD, or into the Secret that the manifest names.
    """


@fleet.command()
@COMMON
@click.option("--time", "limit", default="24:00:00", metavar="T", help="For each worker.")
@click.option("--partition", metavar="NAME", help="Where to run.")
def slurm(limit: str, partition: str | None, **given: Any) -> None:
    """A script for `sbatch`: an array of jobs, each one worker."""
    click.echo(slurm_script(limit=limit, partition=partition, **given), nl=False)


@fleet.command()
@COMMON
@click.option("--image", required=True, help="With trimtab and the objective in it.")
@click.option("--secret", default="trimtab", help="Holds the database's password, as `password`.")
def kubernetes(image: str, secret: str, **given: Any) -> None:
    """A manifest for `kubectl apply -f`: an indexed Job, each pod one worker."""
    manifest = kubernetes_job(image=image, secret=secret, **given)
    click.echo(yaml.safe_dump(manifest, sort_keys=False), nl=False)


def slurm_script(
    *,
    storage: str,
    study: str,
    objective: str | None,
    workers: int,
    n_trials: int | None,
    cpus: int,
    gpus: int,
    memory: str,
    limit: str,
    partition: str | None,
) -> str:
    """The text of a job array.

    Raises:
        InvalidArgument: a storage that other hosts cannot reach, or a value that would break out of its line.
    """
    given = {
        "job-name": _slug(study),
        "array": f"0-{workers - 1}",
        "output": f"{_slug(study)}-%A_%a.log",
        "time": _word("time", limit),
        "cpus-per-task": str(cpus),
        "mem": _word("memory", memory),
        "signal": f"TERM@{_GRACE}",
        "gpus": str(gpus) if gpus else None,
        "partition": None if partition is None else _word("partition", partition),
    }
    head = [f"#SBATCH --{name}={value}" for name, value in given.items() if value is not None]
    command = shlex.join(_worker(storage, study, objective, n_trials))
    return "\n".join(
        [
            "#!/bin/bash",
            *head,
            "",
            f'export {_ID}="${{SLURM_ARRAY_JOB_ID:-0}}-${{SLURM_ARRAY_TASK_ID:-0}}"',
            f'echo "worker ${_ID} on $(hostname)"',
            f"exec {command}",
            "",
        ]
    )


def kubernetes_job(
    *,
    storage: str,
    study: str,
    objective: str | None,
    workers: int,
    n_trials: int | None,
    cpus: int,
    gpus: int,
    memory: str,
    image: str,
    secret: str,
) -> dict[str, Any]:
    """The manifest of an indexed Job; its pods end well when the study has its trials.

    Raises:
        InvalidArgument: a storage that other hosts cannot reach.
    """
    size = _word("memory", memory)
    needed: dict[str, str] = {"cpu": str(cpus), "memory": size + "i" * (size[-1:] in "KMGT")}
    if gpus:
        needed["nvidia.com/gpu"] = str(gpus)
    key = {"name": secret, "key": "password", "optional": True}
    index = {"fieldPath": "metadata.annotations['batch.kubernetes.io/job-completion-index']"}
    container = {
        "name": "worker",
        "image": image,
        "command": _worker(storage, study, objective, n_trials),
        "env": [
            {"name": "PGPASSWORD", "valueFrom": {"secretKeyRef": key}},
            {"name": _ID, "valueFrom": {"fieldRef": index}},
        ],
        "resources": {"requests": dict(needed), "limits": dict(needed)},
    }
    pod = {
        "restartPolicy": "OnFailure",
        "terminationGracePeriodSeconds": _GRACE,
        "containers": [container],
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": f"trimtab-{_slug(study)}"},
        "spec": {
            "completionMode": "Indexed",
            "completions": workers,
            "parallelism": workers,
            "backoffLimit": 10 * workers,
            "template": {"spec": pod},
        },
    }


def _worker(storage: str, study: str, objective: str | None, n_trials: int | None) -> list[str]:
    words = ["trimtab", "worker", _without_password(storage), study]
    words += [] if objective is None else [objective]
    words += [] if n_trials is None else ["--n-trials", str(n_trials)]
    return [*words, "--progress", "plain"]


def _without_password(storage: str) -> str:
    if not storage.startswith(("postgresql://", "postgres://")):
        raise InvalidArgument(
            f"storage={storage!r}: workers on other hosts cannot share a file; use a server, "
            "postgresql://me@host/db"
        )
    parts = urlsplit(storage)
    who, at, where = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{who.partition(':')[0]}{at}{where}"))


def _word(name: str, value: str) -> str:
    if not re.fullmatch(r"[\w.:\-]+", value, re.ASCII):
        raise InvalidArgument(f"{name}={value!r}: letters, digits and - . : only")
    return value


def _slug(name: str) -> str:
    """A name that Kubernetes and file systems take: small letters, digits and single dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-") or "study"
