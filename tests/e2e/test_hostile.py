"""Names and values that want to be more than text: SQL, HTML, terminal escapes, paths, pickles."""

import json
import pickle
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

import trimtab as tt
from trimtab.cli.main import cli
from trimtab.viz.report import write_report

SQL = "x'); DROP TABLE trial; --"
HTML = "<script>alert(1)</script><img src=x onerror=alert(2)>"
QUOTE = '" onmouseover="alert(3)" \''
PATH = "../../../../tmp/pwned"
ESCAPE = "\x1b[31mred\x1b]0;title\x07\r\b\x9b2J"
BIDI = "a\u202egnp.exe"
RICH = "[bold red]x[/] [link=http://evil]y[/link]"
NAMES = [SQL, HTML, QUOTE, PATH, BIDI, RICH, "%s %(x)s {0} $HOME `id`"]
CONTROLS = {chr(c) for c in [*range(32), *range(127, 160)]} - {"\n"}
BIDIS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def storage(request, tmp_path_factory) -> str:
    """A study in which everything that can be named has a hostile name."""
    if request.param == "sqlite":
        url = str(tmp_path_factory.mktemp("hostile") / "study.db")
    else:
        folder = tmp_path_factory.mktemp("hostile")
        url = request.getfixturevalue("postgres").url("hostile", checkpoints=folder)
    for i, name in enumerate(NAMES):
        space = {
            name: tt.Float(0, 1),
            "opt": tt.Categorical([*NAMES, ESCAPE]),
            f"{i} {HTML}": tt.Ordinal([ESCAPE, QUOTE]),
        }
        study = tt.create_study(space, storage=url, study_name=name, seed=i)
        for k in range(9):
            study.enqueue({name: 0.5, "opt": [*NAMES, ESCAPE][k % 8]})
        study.optimize(objective, n_trials=9, progress=False, max_failures=9)
        study.set_user_attr(f"{name}{ESCAPE}", {HTML: [ESCAPE, QUOTE]})
        study.ledger.journal.close()
    return url


def objective(trial):
    trial.set_user_attr(HTML, ESCAPE)
    trial.set_user_attr(ESCAPE, QUOTE)
    trial.report(float(trial.number), 1)
    if trial.number % 3 == 1:
        raise ValueError(f"{HTML} {ESCAPE} {SQL}")
    return trial.number / 9


def test_everything_comes_back_as_it_was(storage):
    """SQL in names is text to the storage: nothing is dropped, nothing is changed."""
    for name in NAMES:
        study = tt.load_study(storage=storage, study_name=name)
        assert study.name == name
        assert {t.config["opt"] for t in study.trials} == {*NAMES, ESCAPE}
        assert all(t.config[name] == 0.5 for t in study.trials)
        assert study.user_attrs == {f"{name}{ESCAPE}": {HTML: [ESCAPE, QUOTE]}}
        assert study.trials[0].user_attrs == {HTML: ESCAPE, ESCAPE: QUOTE}
        assert HTML in study.trials[1].reason
        study.ledger.journal.close()


@pytest.mark.parametrize("verb", ["show", "trials", "best", "card", "export", "doctor"])
def test_no_verb_sends_a_terminal_what_it_would_obey(storage, verb):
    for name in NAMES:
        words = [verb, storage] if verb == "doctor" else [verb, storage, "--", name]
        result = CliRunner().invoke(cli, words)
        assert result.exit_code == 0, result.output
        assert result.output
        if verb != "export":  # CSV keeps values as they are; see the next test
            assert not CONTROLS & set(result.output), (verb, name)
            assert not BIDIS & set(result.output), (verb, name)
    listed = CliRunner().invoke(cli, ["show", storage])
    assert not (CONTROLS | BIDIS) & set(listed.output)


def test_json_of_every_verb_is_json(storage):
    for name in NAMES:
        for words in (["show", "--json"], ["trials", "--json"], ["best", "--json"]):
            result = CliRunner().invoke(cli, [*words, storage, "--", name])
            assert result.exit_code == 0, result.output
            assert not CONTROLS & set(result.output)
            json.loads(result.output)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        names = [key for key, _ in attrs]
        if any(key.startswith("on") for key in names) or tag in ("img", "iframe", "object"):
            self.seen.append(f"{tag} {attrs}")
        links = [value for key, value in attrs if key in ("href", "src", "action")]
        self.seen += [value for value in links if value and not value.startswith(("#", "data:"))]


def test_the_report_has_no_markup_of_theirs(storage, tmp_path):
    """P23: what a user names is never markup in our page."""
    for name in NAMES:
        study = tt.load_study(storage=storage, study_name=name)
        path = tmp_path / "report.html"
        write_report(study, path)
        study.ledger.journal.close()
        text = path.read_text()
        tags = Tags()
        tags.feed(text)
        assert tags.seen == []
        assert "<script>alert" not in text and "alert(1)</script>" not in text
        assert "\x1b" not in text


def test_names_never_become_paths(storage, tmp_path, monkeypatch):
    """A study's checkpoints lie under its id; no name leads out of the folder."""
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        study = tt.load_study(storage=storage, study_name=name)
        folder = study.ledger.checkpoints.resolve()
        assert folder.name.isdigit()
        assert not {part for part in folder.parts if "pwned" in part or "script" in part}
        study.ledger.journal.close()
    assert not Path("/tmp/pwned").exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [ESCAPE, "a\nb", "nul\0", "\ud800"])
def test_control_characters_are_no_names(name, tmp_path):
    for make in (
        lambda: tt.create_study({"x": tt.Float(0, 1)}, study_name=name),
        lambda: tt.create_study({name: tt.Float(0, 1)}),
    ):
        with pytest.raises(tt.InvalidArgument):
            make()


def test_nothing_stored_is_ever_unpickled(storage):
    """P21: with canaries in every text field, pickle is asked for no class while a study is used."""

    class Canary:
        def __reduce__(self):
            return print, ("unpickled",)

    canary = pickle.dumps(Canary(), 0).decode("ascii")
    found: list[str] = []
    watching = [True]

    def audit(event, args) -> None:
        if watching[0] and event == "pickle.find_class":
            found.append(str(args))

    space = {"x": tt.Float(0, 1), "c": tt.Categorical([canary, "b"])}
    study = tt.create_study(space, storage=storage, study_name="canaries")
    study.set_user_attr("cma:optimizer:0", canary)
    study.set_user_attr(canary, canary.encode().hex())
    trial = study.ask()
    trial.set_user_attr("state", canary)
    study.tell(trial, 0.5)
    study.ledger.journal.close()
    sys.addaudithook(audit)  # a hook cannot be taken away again, only told to look elsewhere
    try:
        for sampler in ("random", "tpe"):
            again = tt.load_study(storage=storage, study_name="canaries", sampler=sampler)
            again.tell(again.ask(), 0.5)
            assert again.user_attrs["cma:optimizer:0"] == canary
            again.ledger.journal.close()
        assert CliRunner().invoke(cli, ["trials", storage, "canaries"]).exit_code == 0
        assert found == []
        pickle.loads(pickle.dumps(Path("x")))
        assert found  # the hook does see one
    finally:
        watching[0] = False
