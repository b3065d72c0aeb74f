"""The course of a claim over past runs: words, sparkline, and what is left out."""

import pytest

from report.history import courses
from verify import store
from verify.gate import slower
from verify.store import Mark, Past


def past(*marks: tuple[str, float | None, float], profile: str = "quick") -> list[Past]:
    """Runs with one claim each."""
    return [
        Past(f"r{i}", f"2026-01-0{i + 1}T00:00:00", f"c{i}", profile, "CPU", {"toy/a": Mark(*mark)})
        for i, mark in enumerate(marks)
    ]


def test_one_run_is_no_history():
    """Nothing is said of a claim that was seen once, or only in other profiles."""
    assert courses(past(("proved", 0.5, 1.0)), "quick") == {}
    assert courses(past(("proved", 0.5, 1.0), ("proved", 0.5, 1.0), profile="full"), "quick") == {}


def test_what_never_changed_is_one_sentence():
    """No drawing where there is nothing to see."""
    course = courses(past(*[("proved", 0.5, 1.0)] * 3), "quick")["toy/a"]
    assert (course.text, course.drawing) == ("the same in the last 3 runs", "")


def test_changes_are_said_and_drawn():
    """A verdict that changes is named with its day and commit, a margin that moves with its range."""
    runs = past(("proved", 0.5, 1.0), ("proved", 0.25, 1.0), ("refuted", None, 1.0))
    course = courses(runs, "quick")["toy/a"]
    assert "proved became refuted on 2026-01-03 (commit c2)" in course.text
    assert "margin between 0.25 and 0.5" in course.text
    assert course.drawing.count('class="mark v-proved"') == 2
    assert course.drawing.count('class="mark v-refuted"') == 1
    assert course.drawing.count('class="line s0"') == 1


def test_the_file_keeps_whole_lines_only(tmp_path):
    """A line that was cut off is left out, and the rest is read."""
    run = store.new_run(profile="quick", seed=1, device="cpu", root=tmp_path)
    store.remember(tmp_path, run, [], [])
    store.remember(tmp_path, run, [], [])
    path = tmp_path / store.HISTORY
    path.write_bytes(path.read_bytes() + b'{"run": "cut')
    assert len(store.read_history(tmp_path)) == 2
    store.remember(tmp_path, run, [], [])
    assert len(store.read_history(tmp_path)) == 3
    assert store.read_history(tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [(1.0, 4.0, True), (1.0, 1.9, False), (0.1, 1.0, False), (3.0, 5.5, False), (0.0, 1.5, True)],
)
def test_slower_needs_a_factor_and_a_second(before, now, said):
    """Twice as long and a second more: then it is said, and never fails the gate."""
    found = slower(past(("proved", None, before), ("proved", None, now)))
    assert [c.direction for c in found] == (["slower"] if said else [])


def test_slower_compares_like_with_like():
    """Another profile is no comparison, nor is the first run."""
    assert slower([]) == []
    assert slower(past(("proved", None, 1.0))) == []
    mixed = past(("proved", None, 1.0), profile="full") + past(("proved", None, 9.0))
    assert slower(mixed) == []
