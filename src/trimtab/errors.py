"""Every exception that Trimtab raises on purpose.

A message names the parameter, the value and the way out: it is read by a tired person at night.
Each class also derives from the built-in that people already catch.
"""


class TrimtabError(Exception):
    """Root of all errors that Trimtab raises on purpose."""


class InvalidArgument(TrimtabError, ValueError):
    """An argument of a public call has a value that cannot work."""


class SpaceError(InvalidArgument):
    """A search space, or a configuration of it, is not well formed."""


class SpaceChanged(SpaceError):
    """A study was reopened with another space than the one it was created with."""


class SpaceExhausted(TrimtabError):
    """Every configuration of a finite space, or every row of a design, has been proposed."""


class NothingYet(TrimtabError, ValueError):
    """There is nothing to show: no trial has completed, or the sampler waits for running ones."""


class Unsupported(InvalidArgument):
    """A sampler or scheduler was given a problem that it declares it cannot handle."""


class ResultError(InvalidArgument):
    """An objective returned, or a caller told, something that is not a finite real number."""


class StudyExists(InvalidArgument):
    """A study of that name is already in the storage."""


class StudyNotFound(TrimtabError, LookupError):
    """The storage holds no study of that name."""


class AlreadyTold(TrimtabError, RuntimeError):
    """The trial has been settled before, with another result; the first one stands."""


class LeaseLost(TrimtabError, RuntimeError):
    """Another worker has taken the trial over; the late result was kept as an event."""


class StorageError(TrimtabError, OSError):
    """The storage could not do what was asked; nothing acknowledged was lost."""


class StorageBusy(StorageError):
    """Other processes held the storage for too long; trying again may work."""


class StorageFull(StorageError):
    """The disk is full; free some space and go on, in the same process if you like."""


class StorageReadOnly(StorageError):
    """The storage, or the folder it lies in, cannot be written."""


class StorageCorrupt(StorageError):
    """The file is not a Trimtab storage, or it is damaged."""


class StorageVersion(StorageError):
    """The storage was written by a version of Trimtab that this one cannot read."""


class StorageRewound(StorageError):
    """The server crashed and lost events that were never acknowledged, but had been read already."""


class TooManyFailures(TrimtabError, RuntimeError):
    """So many trials failed that going on would be a waste."""


class TrialTimeout(TrimtabError, TimeoutError):
    """A trial ran past its time limit and was stopped."""


class WorkerDied(TrimtabError, RuntimeError):
    """The process that ran a trial died: a signal, an exit, or the memory limit."""


class Unpicklable(InvalidArgument):
    """The objective cannot be sent to another process."""


class BundleChanged(TrimtabError, ValueError):
    """The file is no bundle, was changed since it was made, or does not match this environment."""


class MissingExtra(TrimtabError, ImportError):
    """An optional dependency is not installed."""


class TrialPruned(Exception):
    """Raise it inside an objective to end the trial early, keeping what it reported."""
