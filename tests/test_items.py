"""The table of items and their tests."""

from tests.items import Proof, items, main, proofs

MISSION = """
| id | seed | user can do | acceptance check |
|---|---|---|---|
| ABC-01 | §1 O(∏\\|Θi\\|) | Run a `grid`. | [E] nine. |
| ABC-02 | §2 | Stop. | [E] stops. |
| XYZ-01 | §3 | Go. | [E] goes. |
"""
TESTS = '''
def test_a():  # ABC-01, XYZ-01
    pass

@pytest.mark.slow
def test_b(
    given,
):
    """ABC-02: by hand; ABC-02 again."""

class TestC:
    def test_d(self):
        "nothing"  # ABC-02 is not what this test is about

def helper():
    """ABC-02"""
'''


def test_rows_of_the_mission():
    assert items(MISSION) == {"ABC-01": "Run a `grid`.", "ABC-02": "Stop.", "XYZ-01": "Go."}
    assert list(items(MISSION, ["xyz"])) == ["XYZ-01"]


def test_names_in_docstrings_and_first_lines():
    assert proofs(TESTS, "t.py") == [
        Proof("ABC-01", "t.py::test_a", False),
        Proof("XYZ-01", "t.py::test_a", False),
        Proof("ABC-02", "t.py::test_b", True),
    ]


def test_exit_codes(tmp_path, capsys):
    path = tmp_path / "mission.md"
    path.write_text(MISSION.replace("ABC", "GRD").replace("XYZ", "QQQ"))
    assert main(["--mission", str(path), "GRD"]) == 0
    assert "GRD-01  Run a `grid`." in capsys.readouterr().out
    assert main(["--mission", str(path), "QQQ", "--missing"]) == 1
    out, err = capsys.readouterr()
    assert "NO TEST" in out
    assert "without one: QQQ-01" in err
    assert main(["--mission", str(path), "ZZZ"]) == 2
    assert "no area ZZZ; there are GRD QQQ" in capsys.readouterr().err
    assert main(["--mission", str(tmp_path / "none.md")]) == 2
