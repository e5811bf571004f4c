"""Scripts and manifests of many workers: read by their own programs, and what they start really runs."""

import os
import re
import shlex
import subprocess
import sys

import pytest
import yaml
from click.testing import CliRunner

import trimtab as tt
from trimtab.cli.main import cli

URL = "postgresql://me:secret@db.example/hpo?schema=ours"
NASTY = "my study; rm -rf ~ $(id) \"'`\n#SBATCH --x"


def printed(*words: str) -> str:
    result = CliRunner().invoke(cli, ["fleet", *words])
    assert result.exit_code == 0, result.output
    return result.output


def command_of(script: str) -> list[str]:
    return shlex.split(script[script.index("\nexec ") + len("\nexec ") :])


@pytest.mark.parametrize("study", ["study", NASTY])
def test_a_slurm_script_is_a_script_and_names_its_workers(study: str, tmp_path) -> None:
    """PAR-05: `bash -n` passes; the tasks of an array have ids of their own."""
    words = ("--workers", "10", "--n-trials", "50", "--gpus", "1", "--partition", "short")
    script = printed("slurm", URL, study, "train:loss", *words)
    assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0
    head = script.split("\n\n")[0].splitlines()  # what sbatch reads
    assert head[0] == "#!/bin/bash" and all(
        re.fullmatch(r"#SBATCH --[\w\-]+=\S+", h) for h in head[1:]
    )
    assert {"#SBATCH --array=0-9", "#SBATCH --gpus=1", "#SBATCH --partition=short"} <= set(head)
    command = command_of(script)
    assert command[:5] == ["trimtab", "worker", URL.replace(":secret", ""), study, "train:loss"]
    assert "secret" not in script
    stub = tmp_path / "trimtab"  # in the place of the program: says who it is
    stub.write_text('#!/bin/sh\necho "id=$TRIMTAB_WORKER_ID"\n')
    stub.chmod(0o755)
    ids = set()
    for task in range(10):
        env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        env |= {"SLURM_ARRAY_JOB_ID": "77", "SLURM_ARRAY_TASK_ID": str(task)}
        done = subprocess.run(
            ["bash"],
            input=script,
            env=env,
            text=True,
            capture_output=True,
            check=True,
            cwd=tmp_path,
        )
        ids.add(done.stdout.split("id=")[1])
    assert len(ids) == 10


def test_the_command_of_a_script_passes_its_dry_run_and_then_runs(tmp_path, postgres) -> None:
    """PAR-04, PAR-05: what the script and the manifest start is a worker that works."""
    (tmp_path / "train_f.py").write_text("def loss(x):\n    return x * x\n")
    url = postgres.url("fleet")
    study = tt.create_study({"x": tt.Float(0, 1)}, storage=url, study_name="s", seed=1)
    common = (url, "s", "train_f:loss", "--n-trials", "6")
    commands = [
        command_of(printed("slurm", *common)),
        yaml.safe_load(printed("kubernetes", *common, "--image", "me/train"))["spec"]["template"][
            "spec"
        ]["containers"][0]["command"],
    ]
    assert commands[0] == commands[1]
    program = [sys.executable, "-c", "from trimtab.cli.main import main; main()", *commands[0][1:]]
    for more, n in ((["--dry-run"], 0), ([], 6)):
        subprocess.run([*program, *more], check=True, cwd=tmp_path, capture_output=True, timeout=60)
        assert len(study.trials) == n
    study.ledger.journal.close()


@pytest.mark.parametrize("study", ["study", NASTY])
def test_a_kubernetes_manifest_is_an_indexed_job(study: str) -> None:
    """PAR-04: the fields of batch/v1, with the types that the API has for them."""
    words = (
        "--workers",
        "3",
        "--gpus",
        "2",
        "--memory",
        "16G",
        "--cpus",
        "4",
        "--image",
        "me/train:1",
    )
    job = yaml.safe_load(printed("kubernetes", URL, study, "train:loss", *words))
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job")
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", job["metadata"]["name"])
    spec = job["spec"]
    assert spec["completionMode"] == "Indexed"
    assert spec["completions"] == spec["parallelism"] == 3 and spec["backoffLimit"] == 30
    pod = spec["template"]["spec"]
    assert pod["restartPolicy"] == "OnFailure" and pod["terminationGracePeriodSeconds"] == 60
    [container] = pod["containers"]
    assert container["command"][3] == study and container["image"] == "me/train:1"
    assert container["resources"]["limits"] == {"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "2"}
    assert "secret" not in yaml.safe_dump(container["command"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("slurm", "study.db", "s"), "use a server"),
        (("slurm", URL, "s", "--memory", "4G\n#"), "memory="),
        (("slurm", URL, "s", "--time", "1; x"), "time="),
        (("kubernetes", "study.db", "s", "--image", "x"), "use a server"),
    ],
)
def test_what_cannot_work_is_refused(words: tuple[str, ...], told: str) -> None:
    result = CliRunner().invoke(cli, ["fleet", *words])
    assert result.exit_code == 1 and told in result.output
