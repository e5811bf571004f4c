"""What a fitted search is worth and how it is kept: the corrected score, and the bundle."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.model_selection import RepeatedStratifiedKFold, ShuffleSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import trimtab as tt
from trimtab.evaluation.optimism import fold_corrected
from trimtab.sklearn import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV, SearchCV

X, Y = load_iris(return_X_y=True)
GRID = {"n_neighbors": [1, 3, 5, 9, 15, 31]}


def fitted(**options):
    return GridSearchCV(KNeighborsClassifier(), GRID, **options).fit(X, Y)


def test_a_search_is_saved_and_comes_back_whole(tmp_path):
    path = tmp_path / "m.trimtab"
    space = [
        {"svc__C": tt.Float(0.1, 100, log=True)},
        {"svc__C": [1.0], "svc__gamma": tt.Float(1e-3, 1, log=True)},
    ]
    pipe = make_pipeline(StandardScaler(), SVC())
    search = SearchCV(pipe, space, sampler="random", n_trials=6, random_state=3).fit(X, Y)
    told = search.save(path, scores={"test": 0.9}, notes="n", examples=X[::30])
    bundle = tt.load_bundle(path, on_change="refuse")
    np.testing.assert_array_equal(bundle.model.predict(X), search.predict(X))
    np.testing.assert_array_equal(
        bundle.model.decision_function(X), search.best_estimator_.decision_function(X)
    )
    assert bundle.config == search.best_params_
    assert bundle.space == search.study_.space
    assert told["seeds"] == {"random_state": 3, "study": 3}
    assert told["search"]["n_candidates"] == 6 and told["search"]["sampler"] == "random"
    assert told["search"]["rows_in_splits"] == [600, 150]
    scores = bundle.scores
    assert scores["selected"]["value"] == search.best_score_
    assert "best of 6" in scores["selected"]["note"] and scores["selected"]["interval"] is None
    honest = search.corrected_score().honest
    assert scores["corrected"]["interval"] == [honest.low, honest.high]
    assert scores["test"] == {"value": 0.9, "interval": None}
    assert "scikit-learn" in told["environment"]["needed"]


def test_the_drop_ins_are_saved_too(tmp_path):
    search = fitted(scoring=["accuracy", "f1_macro"], refit="f1_macro")
    told = search.save(tmp_path / "m")
    assert set(told["scores"]) == {"selected", "cv accuracy", "corrected"}
    assert told["config"] == search.best_params_
    assert tt.load_bundle(tmp_path / "m").space == tt.Space(GRID)


class Own:
    """A distribution that knows `rvs` and nothing else."""

    def rvs(self, random_state=None):
        return int(random_state.randint(1, 9))

    def __repr__(self):
        return "Own()"


def test_spaces_of_every_kind_are_kept_or_told_by_their_text(tmp_path):
    own = RandomizedSearchCV(
        KNeighborsClassifier(), {"n_neighbors": Own()}, n_iter=2, random_state=0
    )
    told = own.fit(X, Y).save(tmp_path / "own")
    assert told["space"] is None
    assert told["search"]["param_distributions"] == {"n_neighbors": {"repr": "Own()"}}
    models = [KNeighborsClassifier(3), KNeighborsClassifier(9)]
    pipe = make_pipeline(StandardScaler(), SVC())
    search = SearchCV(
        pipe,
        {"svc": models, "standardscaler__with_mean": [True, False]},
        constraints=[lambda c: c["standardscaler__with_mean"]],
        sampler="grid",
    ).fit(X, Y)
    search.save(tmp_path / "objects")
    bundle = tt.load_bundle(tmp_path / "objects")
    assert repr(bundle.config["svc"]) in map(repr, models)
    np.testing.assert_array_equal(bundle.model.predict(X), search.predict(X))
    assert bundle.space.names == ("standardscaler__with_mean", "svc")


def test_the_corrected_score_is_that_of_the_table_of_splits():
    search = fitted(cv=RepeatedStratifiedKFold(n_splits=5, n_repeats=3, random_state=0))
    columns = [search.cv_results_[f"split{i}_test_score"] for i in range(15)]
    expected = fold_corrected(np.column_stack(columns), 120, 30)
    found = search.corrected_score()
    assert found == expected and found.index == search.best_index_
    assert found.naive == pytest.approx(search.best_score_)
    wide = search.corrected_score(confidence=0.99).honest
    assert wide.low < found.honest.low < found.honest.value <= found.naive


def test_losses_are_corrected_downwards():
    x, y = load_diabetes(return_X_y=True)
    search = SearchCV(
        Ridge(),
        {"alpha": tt.Float(1e-3, 10, log=True)},
        sampler="random",
        n_trials=15,
        scoring="neg_mean_squared_error",
        cv=ShuffleSplit(6, test_size=0.25, random_state=0),
        random_state=0,
    ).fit(x, y)
    assert search._split_sizes == (6 * 331, 6 * 111)
    assert search.corrected_score().honest.value < search.best_score_ < 0


def test_what_has_no_corrected_score():
    search = GridSearchCV(KNeighborsClassifier(), GRID)
    with pytest.raises(NotFittedError):
        search.corrected_score()
    with pytest.raises(NotFittedError):
        search.save("nowhere")
    single = fitted(cv=ShuffleSplit(1, random_state=0))
    with pytest.raises(tt.NothingYet, match=r"1 split\(s\)"):
        single.corrected_score()
    worst = fitted(refit=lambda results: int(results["mean_test_score"].argmin()))
    with pytest.raises(tt.NothingYet, match="not chosen by the highest mean"):
        worst.corrected_score()
    halving = HalvingGridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 3, 5]}, cv=3)
    with pytest.raises(tt.NothingYet, match="different rows"):
        halving.fit(X, Y).corrected_score()


def test_without_a_refit_there_is_nothing_to_save(tmp_path):
    with pytest.raises(AttributeError, match="refit=False"):
        fitted(refit=False).save(tmp_path / "m")
