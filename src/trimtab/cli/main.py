"""The `trimtab` command: a group that loads the module of a verb when it is used, and one door for errors.

A verb's module is imported only if it runs, so that `trimtab --help` takes milliseconds; the words of
that help stand here. The layout follows the POSIX utility guidelines (2017): data go to standard
output, everything else to standard error, and `--` ends the options.
"""

import importlib
import sys
from typing import Any

import click

from trimtab import __version__
from trimtab.cli import exit_code
from trimtab.cli.table import safe
from trimtab.errors import TooManyFailures, TrimtabError
from trimtab.plugin import did_you_mean

_VERBS = {
    "run": ("trimtab.cli.run:run", "Tune a program in any language, or a Python function."),
    "resume": ("trimtab.cli.run:resume", "Go on with a study that `trimtab run` began."),
    "worker": ("trimtab.cli.worker:worker", "Work on a study beside other workers, on any host."),
    "doctor": ("trimtab.cli.doctor:doctor", "Check a storage: whole, up to date, leases alive."),
    "show": ("trimtab.cli.show:show", "The studies in a storage, or one study's summary."),
    "trials": ("trimtab.cli.show:trials", "The trials of a study."),
    "best": ("trimtab.cli.show:best", "The best trial, or the trials that no other one beats."),
    "card": ("trimtab.cli.card:card", "A study on one page: Markdown, or the full report as HTML."),
    "export": ("trimtab.cli.export:export", "A study as CSV, JSON or JSON lines."),
    "ask": ("trimtab.cli.ask:ask", "Take the next trials, to run them elsewhere."),
    "tell": ("trimtab.cli.ask:tell", "Say how a trial went."),
    "report": ("trimtab.cli.ask:report", "Say how a running trial is going."),
    "rm": ("trimtab.cli.remove:remove", "Delete a study and all of its trials."),
    "space": ("trimtab.cli.diff:space", "Compare the search spaces of two files."),
    "env": ("trimtab.cli.diff:env", "Compare the environments of two studies."),
    "lint": ("trimtab.cli.lint:lint", "Known pitfalls in a script, a space or a study."),
    "fleet": ("trimtab.cli.fleet:fleet", "A Slurm script or Kubernetes manifest of many workers."),
    "recommend": (
        "trimtab.cli.recommend:recommend",
        "Which method suits a space and a budget, and why.",
    ),
    "gp": ("trimtab.cli.gp:gp", "Which kernel suits a study's results, and what a step costs."),
    "bench": ("trimtab.cli.bench:bench", "Samplers on functions with known optima."),
    "samplers": ("trimtab.cli.about:samplers", "The samplers there are, and what they can do."),
    "schedulers": ("trimtab.cli.about:schedulers", "The schedulers: what ends losers early."),
    "version": ("trimtab.cli.about:version", "The versions of Trimtab and what it stands on."),
}


class Verbs(click.Group):
    """A group whose commands are imported when they are used, and whose errors are one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See `click.Group`; in the order of the table."""
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """See `click.Group`."""
        if cmd_name not in _VERBS:
            return None
        module, _, attribute = _VERBS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """See `click.Group`; an unknown verb is answered with the nearest known one."""
        if args and not args[0].startswith("-") and args[0] not in _VERBS:
            ctx.fail(f"No such command {args[0]!r}{did_you_mean(args[0], _VERBS)}.")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """See `click.Group`; without importing the commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in _VERBS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb, and turn whatever it raises into one message and an exit code."""
        if ctx.params["debug"]:
            return super().invoke(ctx)
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise  # Click's own words and codes
        except TooManyFailures as error:
            _say(str(error))
            ctx.exit(exit_code.FAILING)
        except (TrimtabError, OSError) as error:
            _say(str(error))
            ctx.exit(exit_code.ERROR)
        except exit_code.Terminated:
            _say("terminated")
            ctx.exit(exit_code.TERMINATED)
        except KeyboardInterrupt:
            _say("interrupted")
            ctx.exit(exit_code.INTERRUPTED)
        except Exception as error:  # noqa: BLE001 - the last door: a person sees no traceback unasked
            _say(f"{type(error).__name__}: {error} (`trimtab --debug ...` shows where)")
            ctx.exit(exit_code.ERROR)


def _say(message: str) -> None:
    print(f"trimtab: error: {safe(message)}", file=sys.stderr, flush=True)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="trimtab")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def cli(debug: bool) -> None:
    """Hyperparameter optimization for programs in any language.

    \b
    trimtab run --minimize loss --n-trials 50 -- python train.py --lr '{lr: 1e-5..1e-1 log}'
    trimtab run tune.yaml
    trimtab show trimtab.db

    A STORAGE is a file (a path without a scheme) or a URL: postgresql://me@host/db.

    Exit codes: 0 done, 1 an error, 2 a wrong command line, 3 no trial completed,
    4 too many failures, 130 and 143 interrupted.
    """


def main() -> None:
    """The console script."""
    cli(prog_name="trimtab")
