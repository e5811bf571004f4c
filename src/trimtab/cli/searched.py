"""A program as an objective whose results are found in its output by regular expressions (Kleene 1956)."""

import re
from dataclasses import dataclass

from trimtab.executor.command import Command
from trimtab.executor.handle import Trial
from trimtab.executor.program import Program
from trimtab.executor.worker import ProgramFailed


@dataclass(frozen=True)
class Searched:
    """Runs a command's program, and reads each metric from the last match of its own expression.

    `patterns`: (metric, expression) for each objective, in order. The first group is the number, the
    whole match where there is none; ^ and $ match at lines.
    """

    command: Command
    patterns: tuple[tuple[str, str], ...]

    def __call__(self, trial: Trial) -> list[float]:
        """Run the program for one trial; the values (m,) in the order of the patterns.

        Raises:
            ProgramFailed: it cannot be started, exits with an error, or prints no match.
        """
        words = self.command.words(trial.config, self.command.known(trial))
        run = Program(words, trial, env={}, cwd=None, timeout=None)
        try:
            lines = list(run.lines())
        finally:
            run.end()
        run.check()
        return [_last(name, pattern, lines, run) for name, pattern in self.patterns]


def _last(name: str, pattern: str, lines: list[str], run: Program) -> float:
    found = list(re.finditer(pattern, "\n".join(lines), re.MULTILINE))
    if not found:
        raise ProgramFailed(
            f"no output matches {pattern!r}, the expression of {name!r}{run.told()}"
        )
    text = found[-1].group(1 if found[-1].re.groups else 0)
    try:
        return float(text)
    except (TypeError, ValueError) as error:
        raise ProgramFailed(
            f"{pattern!r}, the expression of {name!r}, found {text!r}, which is no number; let its first "
            "group hold just the number"
        ) from error
