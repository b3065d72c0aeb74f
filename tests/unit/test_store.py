"""Stored results: append-only lines, a sealed cache, whole files, and errors that name file and line."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.unit.toys import lemma, result, summary
from verify import fingerprint, store
from verify.store import Change, End, Line, StoreError, Summary

pytestmark = pytest.mark.usefixtures("fresh_registry")


def run(root: Path) -> store.Run:
    """Provenance of a run."""
    return store.new_run(profile="quick", seed=1, device="cpu", root=root)


def whole(root: Path, **changes: Any) -> Summary:
    """A summary with one claim."""
    item = lemma()
    fields = {
        "run": run(root),
        "claims": [summary(item)],
        "results": [result(item, "proved")],
        "changes": [Change(item.id, "new", "proved, not yet in the lock")],
        "missing": [],
        "not_in_profile": ["toy/other::slow (full)"],
        "decisions": 0,
        "seconds": 1.5,
        **changes,
    }
    return Summary(**fields)


def test_provenance(tmp_path):
    """A run has its own id and knows versions, threads and budget; outside a repository no commit."""
    first, second = run(tmp_path), run(tmp_path)
    assert first.id != second.id
    assert first.commit == "unknown"
    assert set(first.versions) >= {"python", "python-flint", "numpy"}
    assert first.threads >= 1
    assert (first.budget, first.shares) == ("1/1000000", 1000)


def test_lines_round_trip(tmp_path):
    """What is appended comes back in order, and later appends keep it."""
    item, start = lemma(), run(tmp_path)
    records = [start, Line(result(item, "proved")), Line(result(item, "refuted", variant="falsehood[half]"))]
    store.append(tmp_path, *records)
    store.append(tmp_path, End(start.id, 0.5, 2, 2))
    assert store.read(tmp_path) == [*records, End(start.id, 0.5, 2, 2)]
    types = [json.loads(line)["type"] for line in (tmp_path / store.RESULTS).read_text().splitlines()]
    assert types == ["run", "result", "result", "end"]


def test_latest_results(tmp_path):
    """The newest result of each task, sorted by task."""
    b, a = lemma("toy/b"), lemma("toy/a")
    store.append(tmp_path, *(Line(result(i, k)) for i, k in ((b, "proved"), (a, "proved"), (b, "refuted"))))
    found = store.latest_results(tmp_path)
    assert [(r.claim, r.judgement.status) for r in found] == [("toy/a", "holds"), ("toy/b", "refuted")]


def test_append_after_a_torn_line(tmp_path):
    """A line torn by a crash is not glued to the next one, and reading names it."""
    item = lemma()
    store.append(tmp_path, Line(result(item, "proved")))
    path = tmp_path / store.RESULTS
    path.write_bytes(path.read_bytes()[:-20])
    store.append(tmp_path, Line(result(item, "refuted")))
    with pytest.raises(StoreError, match=r"line 1 is not a whole result .*delete that line"):
        store.read(tmp_path)
    path.write_bytes(path.read_bytes().split(b"\n", 1)[1])
    assert [r.judgement.status for r in store.latest_results(tmp_path)] == ["refuted"]


@pytest.mark.parametrize(
    "bad", [b"{}", b"garbage", b'{"type": "run"}', b'{"type": "other"}', b"\xff\xfe", b"[1, 2]"]
)
def test_bad_line(tmp_path, bad):
    """A line that is not a result is named by number."""
    store.append(tmp_path, Line(result(lemma(), "proved")))
    with (tmp_path / store.RESULTS).open("ab") as file:
        file.write(b"\n\n" + bad + b"\n")
    with pytest.raises(StoreError, match="line 4 is not"):
        store.read(tmp_path)


def test_forged_certificate_line(tmp_path):
    """An unknown field in a stored certificate is noticed."""
    store.append(tmp_path, Line(result(lemma(), "proved")))
    path = tmp_path / store.RESULTS
    path.write_bytes(path.read_bytes().replace(b'"kind":"identity"', b'"kind":"identity","trust":"me"'))
    with pytest.raises(StoreError, match="trust"):
        store.read(tmp_path)


def test_nothing_stored_yet(tmp_path):
    """Where nothing ran, the message says what to run."""
    for reader in (store.read, store.latest_results, store.read_summary):
        with pytest.raises(StoreError, match="run 'pytest theorems/' first"):
            reader(tmp_path)


def test_writable(tmp_path):
    """A folder is made with its parents; a file in its place is one line that names --build."""
    store.writable(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    assert list((tmp_path / "a" / "b").iterdir()) == []
    (tmp_path / "file").write_text("x")
    for bad in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StoreError, match="--build"):
            store.writable(bad)


def test_append_where_it_cannot(tmp_path):
    """A folder in the place of the results file is an error that names the file."""
    (tmp_path / store.RESULTS).mkdir()
    with pytest.raises(StoreError, match=r"cannot append to .*results\.jsonl"):
        store.append(tmp_path, Line(result(lemma(), "proved")))
    with pytest.raises(StoreError, match="cannot read"):
        store.read(tmp_path)


def test_atomic_writing(tmp_path):
    """A file is replaced as a whole, readable as the umask says, and nothing else is left behind."""
    path = tmp_path / "deep" / "file"
    store.write_atomically(path, b"one")
    store.write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["file"]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_atomic_writing_where_it_cannot(tmp_path):
    """A failed replacement says so and leaves no temporary file."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inside").touch()
    with pytest.raises(StoreError, match="cannot write"):
        store.write_atomically(tmp_path / "folder", b"x")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot write"):
        store.write_atomically(tmp_path / "file" / "below", b"x")


KEY = "ab" + "0" * 62


def test_cache(tmp_path):
    """A result comes back under its key, and no other key finds it."""
    kept = result(lemma(), "proved", key=KEY)
    store.save_cached(tmp_path, kept)
    assert store.load_cached(tmp_path, KEY) == kept
    assert store.load_cached(tmp_path, "ac" + KEY[2:]) is None
    assert store.load_cached(tmp_path / "elsewhere", KEY) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw.replace(b'"holds"', b'"refuted"'),
        lambda raw: raw[:-1],
        lambda raw: raw + b" ",
        lambda raw: b"",
        lambda raw: raw.split(b"\n")[1],
        lambda raw: b"0" * 64 + b"\n" + raw.split(b"\n")[1],
        lambda raw: b"\xff\x00",
    ],
)
def test_damaged_cache_is_not_used(tmp_path, damage):
    """A cached file whose seal does not fit is as good as none."""
    store.save_cached(tmp_path, result(lemma(), "proved", key=KEY))
    path = tmp_path / store.CACHE / "ab" / f"{KEY}.json"
    path.write_bytes(damage(path.read_bytes()))
    assert store.load_cached(tmp_path, KEY) is None


def test_cached_file_under_another_key_is_not_used(tmp_path):
    """A sealed file copied to another key's place is not the result of that key."""
    store.save_cached(tmp_path, result(lemma(), "proved", key=KEY))
    other = "ab" + "1" * 62
    folder = tmp_path / store.CACHE / "ab"
    (folder / f"{other}.json").write_bytes((folder / f"{KEY}.json").read_bytes())
    assert store.load_cached(tmp_path, other) is None


def test_cache_that_cannot_be_written(tmp_path):
    """A cache that cannot be written does not stop a run."""
    (tmp_path / store.CACHE).write_text("a file")
    store.save_cached(tmp_path, result(lemma(), "proved", key=KEY))
    assert store.load_cached(tmp_path, KEY) is None


def test_summary_round_trip(tmp_path):
    """The summary comes back equal, and the verdict file holds only what does not depend on the machine."""
    done = whole(tmp_path)
    store.write_summary(tmp_path, done)
    assert store.read_summary(tmp_path) == done
    (record,) = json.loads((tmp_path / store.VERDICTS).read_text())
    assert (record["id"], record["verdict"], record["margin"]) == ("toy/lemma", "proved", 0.5)
    assert record["checks"] == {"argument": "holds/exact/universal"}
    assert record["variants"] == {"falsehood[half]": "refuted"}
    assert not {"seconds", "run", "file", "line", "started"} & set(record)
    first = (tmp_path / store.VERDICTS).read_bytes()
    store.write_summary(tmp_path, whole(tmp_path, seconds=99.0))
    assert (tmp_path / store.VERDICTS).read_bytes() == first


@pytest.mark.parametrize("bad", [b"", b"{}", b"garbage", b"\xff", b"[]", b'{"run": {}}'])
def test_bad_summary(tmp_path, bad):
    """A file that is not a summary is named."""
    (tmp_path / store.SUMMARY).write_bytes(bad)
    with pytest.raises(StoreError, match=r"summary\.json is not a summary"):
        store.read_summary(tmp_path)


def test_errors_are_one_line(tmp_path):
    """Every message of the store is a single line."""
    (tmp_path / store.SUMMARY).write_bytes(b"\n\n{")
    with pytest.raises(StoreError) as caught:
        store.read_summary(tmp_path)
    assert len(str(caught.value).splitlines()) == 1
    assert msgspec.json.encode(Change("a", "b", "c")) == b'{"claim":"a","direction":"b","message":"c"}'


def test_code_hashes_are_kept_for_the_same_sources_only(tmp_path: Path) -> None:
    """They come back for the same files; not after a change, with a file more, or damaged."""
    root, build = tmp_path, tmp_path / "build"
    spec = root / "theorems" / "toy.py"
    spec.parent.mkdir()
    spec.write_text("x = 1\n")

    def recalled() -> dict[str, str]:
        fingerprint.forget()
        store.recall_hashes(build, root)
        return dict(fingerprint.known_hashes())

    sources = store.recall_hashes(build, root)
    fingerprint.known_hashes()["m:f:True"] = "hash"
    store.keep_hashes(build, root, sources)
    assert recalled() == {"m:f:True": "hash"}
    kept = (build / store.CACHE / store.CODE).read_bytes()
    (build / store.CACHE / store.CODE).write_bytes(kept.replace(b'"hash"', b'"hush"'))
    assert recalled() == {}
    (build / store.CACHE / store.CODE).write_bytes(kept)
    spec.write_text("x = 2\n")
    assert recalled() == {}
    store.keep_hashes(build, root, sources)
    spec.write_text("x = 1\n")
    (root / "theorems" / "more.py").write_text("")
    assert recalled() == {}
    (root / "theorems" / "more.py").unlink()
    assert recalled() == {"m:f:True": "hash"}
