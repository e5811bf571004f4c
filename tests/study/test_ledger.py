"""A study's side of the journal: claims, takeovers, and what happens when the storage says no."""

import pytest

import trimtab as tt
from trimtab.core.trial import Outcome, TrialState
from trimtab.errors import StorageBusy

SPACE = {"x": tt.Float(0, 1)}


class Flaky(tt.Memory):
    """A storage that refuses some verbs for a while."""

    def __init__(self):
        super().__init__()
        self.refused = set()

    def _say(self, verb):
        if verb in self.refused:
            raise StorageBusy(f"{verb} is refused")

    def tell(self, *args, **more):
        self._say("tell")
        super().tell(*args, **more)

    def release(self, *args, **more):
        self._say("release")
        super().release(*args, **more)


def test_two_studies_of_one_storage_see_each_other():
    memory = tt.Memory()
    one = tt.create_study(SPACE, storage=memory, study_name="s", seed=0)
    two = tt.load_study(storage=memory)
    first, second = one.ask(), two.ask()
    assert (first.number, second.number) == (0, 1)
    two.tell(first.number, 5.0)  # anyone who knows the number may tell
    assert one.best.value == 5.0
    with pytest.raises(tt.AlreadyTold):
        one.tell(first, 6.0)
    alone = tt.create_study(SPACE, seed=0)
    assert [t.config for t in alone.ask(2)] == [first.config, second.config]


def test_a_released_trial_is_the_next_to_be_asked_for():
    study = tt.create_study(SPACE, seed=0)
    trial = study.ask()
    trial.report(1.0)
    study.ledger.release(trial.number, "tired")
    assert study.trials[0].state == "waiting"
    again = study.ask()
    assert (again.number, again.attempt, again.config) == (0, 2, trial.config)


@pytest.mark.parametrize("is_renewed", [False, True])
def test_who_lost_a_trial_is_told_so_and_the_result_is_kept(is_renewed):
    """P7: also where the loss was noticed as the lease was to be prolonged."""
    memory = tt.Memory()
    one = tt.create_study(SPACE, storage=memory, study_name="s", seed=0)
    two = tt.load_study(storage=memory)
    trial = one.ask()
    claim = one.ledger.claims[0]
    memory.release(claim, "thought dead")
    taken = two.ask()
    assert taken.number == trial.number
    for _ in range(2 * is_renewed):
        one.ledger.renew()
    with pytest.raises(tt.LeaseLost):
        one.tell(trial, 1.0)
    two.tell(taken, 2.0)
    assert one.best.value == 2.0
    assert one.history.n_late == 1
    one.ledger.release(0, "nothing to put back")
    assert one.trials[0].state == "complete"


def test_a_storage_that_fails_while_telling_loses_no_trial():
    storage = Flaky()
    study = tt.create_study(SPACE, storage=storage, seed=0)

    def objective(trial):
        if trial.number == 2:
            storage.refused.add("tell")
        return 1.0

    with pytest.raises(StorageBusy, match="tell"):
        study.optimize(objective, n_trials=5)
    storage.refused.clear()
    assert [str(t.state) for t in study.trials] == ["complete", "complete", "waiting"]
    study.run(lambda x: 1.0, 5)
    assert [str(t.state) for t in study.trials] == ["complete"] * 5


def test_a_storage_that_fails_while_putting_back_is_tried_again():
    storage = Flaky()
    study = tt.create_study(SPACE, storage=storage, seed=0)

    def objective(x):
        storage.refused.update({"tell", "release"})
        return x

    with pytest.raises(StorageBusy, match="release"):
        study.optimize(objective, n_trials=5)
    assert study.trials[0].state == "running"
    storage.refused.clear()
    study.run(lambda x: 1.0, 3)
    assert [str(t.state) for t in study.trials] == ["complete"] * 3


class Deaf(tt.Memory):
    """A storage whose answer to `tell` or to the reading after it is lost, as often as is said."""

    def __init__(self):
        super().__init__()
        self.n_before = self.n_after = self.n_read = 0
        self.has_told = False

    def tell(self, *args, **more):
        self.n_before -= 1
        if self.n_before >= 0:
            raise StorageBusy("on the way there")
        super().tell(*args, **more)
        self.has_told = True
        self.n_after -= 1
        if self.n_after >= 0:
            raise StorageBusy("on the way back")

    def read_since(self, *args, **more):
        if self.has_told and self.n_read > 0:
            self.n_read -= 1
            raise StorageBusy("while reading")
        return super().read_since(*args, **more)


@pytest.mark.parametrize("lost", ["n_before", "n_after", "n_read"])
def test_a_result_is_told_again_after_a_lost_reply_and_counts_once(lost):
    """P3: the same result is the same request, and brings along what had been measured."""
    storage = Deaf()
    study = tt.create_study(SPACE, storage=storage, seed=0)
    trial = study.ask()
    trial.report(0.5, 1)
    trial.set_user_attr("k", 1)
    setattr(storage, lost, 2)
    for _ in range(2):
        with pytest.raises(StorageBusy):
            study.tell(trial, 1.0)
    study.tell(trial, 1.0)
    [record] = study.trials
    assert (record.value, record.reports, record.user_attrs) == (1.0, {1: (0.5,)}, {"k": 1})
    names = [type(e).__name__ for e in storage.read_since(study.ledger.id, 3)]
    assert names == ["Reported", "Noted", "Settled"]
    with pytest.raises(tt.AlreadyTold):  # it has been heard: this is a second result
        study.tell(trial, 1.0)


def test_another_result_after_a_lost_reply_is_another_one():
    storage = Deaf()
    study = tt.create_study(SPACE, storage=storage, seed=0)
    trial = study.ask()
    storage.n_after = 1
    with pytest.raises(StorageBusy):
        study.tell(trial, 1.0)
    with pytest.raises(tt.AlreadyTold, match=r"with 1\.0"):
        study.tell(trial, 2.0)
    assert study.trials[0].value == 1.0


def test_settling_what_is_not_ours():
    study = tt.create_study(SPACE, seed=0)
    study.enqueue({"x": 0.5})
    with pytest.raises(tt.InvalidArgument, match="trial 0 is waiting, not running"):
        study.tell(0, 1.0)
    with pytest.raises(tt.InvalidArgument, match="trial=-1"):
        study.tell(-1, 1.0)


def test_reports_and_results_are_one_write():
    study = tt.create_study(SPACE, seed=0)
    trial = study.ask()
    for step in range(10):
        trial.report(step, step)
    trial.set_user_attr("a", 1)
    assert study.trials[0].reports == {}  # not yet sent
    study.tell(trial, 1.0)
    assert len(study.trials[0].reports) == 10
    assert study.trials[0].user_attrs == {"a": 1}


def test_an_outcome_keeps_its_reason_and_time():
    study = tt.create_study(SPACE, seed=0)
    trial = study.ask()
    study.ledger.settle(0, Outcome(TrialState.FAILED, reason="why", seconds=2.0), trial.drain())
    assert (study.trials[0].reason, study.trials[0].seconds) == ("why", 2.0)
