"""The schedulers by name, and their settings as JSON."""

from typing import Any

from trimtab.core.protocols import Scheduler
from trimtab.errors import InvalidArgument
from trimtab.plugin import Registry, part_of, settings_of

__all__ = ["REGISTRY", "one_of", "scheduler_of", "settings_of"]

REGISTRY = Registry(
    "scheduler",
    {
        "FIFO": "trimtab.scheduler.fifo:FIFO",
        "Median": "trimtab.scheduler.median:Median",
        "Percentile": "trimtab.scheduler.percentile:Percentile",
        "Threshold": "trimtab.scheduler.threshold:Threshold",
        "Patience": "trimtab.scheduler.patience:Patience",
        "Wilcoxon": "trimtab.scheduler.wilcoxon:Wilcoxon",
        "Extrapolation": "trimtab.scheduler.extrapolation:Extrapolation",
        "Learned": "trimtab.scheduler.learned:Learned",
        "ASHA": "trimtab.scheduler.asha:ASHA",
        "PromotingASHA": "trimtab.scheduler.promoting_asha:PromotingASHA",
        "Halving": "trimtab.scheduler.halving:Halving",
        "Hyperband": "trimtab.scheduler.hyperband:Hyperband",
        "AsyncHyperband": "trimtab.scheduler.async_hyperband:AsyncHyperband",
        "HyperTune": "trimtab.scheduler.hyper_tune:HyperTune",
        "FreshHyperband": "trimtab.scheduler.fresh_hyperband:FreshHyperband",
        "TopK": "trimtab.scheduler.topk:TopK",
        "PASHA": "trimtab.scheduler.pasha:PASHA",
        "FRace": "trimtab.scheduler.f_race:FRace",
        "IteratedRace": "trimtab.scheduler.iterated_race:IteratedRace",
        "FreezeThaw": "trimtab.scheduler.freeze_thaw:FreezeThaw",
        "PBT": "trimtab.scheduler.pbt:PBT",
        "IteratedPBT": "trimtab.scheduler.iterated_pbt:IteratedPBT",
        "MultiFrequencyPBT": "trimtab.scheduler.multi_frequency_pbt:MultiFrequencyPBT",
        "PB2": "trimtab.scheduler.pb2:PB2",
        "Retrain": "trimtab.scheduler.retrain:Retrain",
    },
)
_VERBS = ("judge",)


def scheduler_of(spec: Any) -> Scheduler:
    """The scheduler that a user means.

    `spec`: a scheduler; its class; a name in any case, such as "median"; or a dict of a name and settings,
    such as {"name": "Percentile", "keep": 25.0}. None stands for no scheduling at all.

    Raises:
        InvalidArgument: a name or a setting that is not known, a setting missing, or none of these.
    """
    scheduler: Scheduler = part_of(REGISTRY, _VERBS, "FIFO" if spec is None else spec, "Median")
    return scheduler


def one_of(scheduler: Any, pruner: Any) -> Any:
    """Whichever of two spellings was used.

    Raises:
        InvalidArgument: both were.
    """
    if scheduler is not None and pruner is not None:
        raise InvalidArgument(
            f"scheduler={scheduler!r} and pruner={pruner!r} are two words for one thing; give one"
        )
    return pruner if scheduler is None else scheduler
