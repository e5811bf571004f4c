"""What the command line's exit codes mean; stable, for scripts. 128 + n is POSIX (2017) for signal n."""

DONE = 0
ERROR = 1  # an error that Trimtab raised on purpose; one message on standard error
USAGE = 2  # the command line itself cannot be understood
NOTHING = 3  # the run ended, and no trial has completed
FAILING = 4  # so many trials failed that the run was given up
INTERRUPTED = 130  # SIGINT
TERMINATED = 143  # SIGTERM


class Terminated(KeyboardInterrupt):
    """SIGTERM came: leave as Ctrl-C does, so that programs are stopped and trials put back."""
