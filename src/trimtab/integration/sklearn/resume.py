"""Whether a search that goes on with a stored study is the same search: same rows, same splits, same model.

Scores of one study are only comparable on common rows (paired comparison; Dietterich 1998). A splitter
that shuffles without a fixed seed draws others at every start: that is told here, not averaged over.
"""

from typing import Any

from trimtab.errors import InvalidArgument
from trimtab.integration.sklearn.fits import Fits
from trimtab.integration.sklearn.private import digest_of
from trimtab.study.study import Study

_ATTR = "search"
_WAYS_OUT = {
    "data": "give the same X and y",
    "splits": "give cv a fixed random_state, or the same number of folds",
    "estimator": "give the same estimator",
    "scoring": "give the same scoring",
}


def check_same_search(study: Study, fits: Fits, estimator: Any, scoring: Any) -> None:
    """Remember what is searched on; where the study knows it already, compare.

    Raises:
        InvalidArgument: the study was made with other data, splits, estimator or scoring.
    """
    now = {
        "data": digest_of((fits.x, fits.y)),
        "splits": digest_of([(list(train), list(test)) for train, test in fits.splits]),
        "estimator": _lasting(estimator),
        "scoring": _lasting(scoring),
    }
    then = study.user_attrs.get(_ATTR)
    if then is None:
        study.set_user_attr(_ATTR, now)
        return
    for what, way_out in _WAYS_OUT.items():
        if then.get(what) != now[what]:
            raise InvalidArgument(
                f"study {study.name!r} was searched with other {what}"
                + (
                    f": {then.get(what)}, now {now[what]}"
                    if what in ("estimator", "scoring")
                    else ""
                )
                + f"; {way_out}, or another study_name"
            )


def _lasting(thing: Any) -> str:
    """A text that is the same in every process."""
    text = repr(thing)
    return type(thing).__qualname__ if " at 0x" in text else text
