"""The JUnit file that continuous-integration servers read: passed, failed and skipped as they expect."""

from xml.etree import ElementTree

SPEC = '''
for name, c in (("holds", 2), ("fails", "1/3"), ("open", 5)):
    item = Claim(f"toy/{name}", title="t", kind="definition", where="w", states="x", printed={"c": c})

    @item.check(covers="universal")
    def argument(claim, ctx):
        """x <= c x, and nothing for c = 5."""
        if claim.c == 5:
            return Undecided("c is 5", "another c")
        return prove("x <= c*x", x="[0, oo)", let=claim.let)

    item.falsehood("half", c="1/2")
'''


def cases(tree, *arguments):
    """Test cases by class and name, from a run with --junitxml."""
    path = tree.root / "junit.xml"
    tree.pytest(f"--junitxml={path}", *arguments)
    root = ElementTree.parse(path).getroot()
    (suite,) = root.iter("testsuite")
    return suite, {f"{c.get('classname')}::{c.get('name')}": c for c in root.iter("testcase")}


def test_a_server_sees_what_people_see(tree):
    """Counts, a failure with the witness, a skip with the reason; the same with worker processes."""
    tree.spec(SPEC)
    for arguments in ((), ("-n", "2")):
        suite, found = cases(tree, *arguments)
        assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("6", "1", "0")
        assert suite.get("skipped") == "1"
        (name,) = [n for n in found if n.endswith("argument") and found[n].find("failure") is not None]
        assert "toy/fails" in name
        failure = found[name].find("failure")
        assert "x <= c*x fails" in failure.get("message") + failure.text
        (skipped,) = [case for case in found.values() if case.find("skipped") is not None]
        assert "c is 5" in skipped.find("skipped").get("message")
        assert all(float(case.get("time")) >= 0 for case in found.values())
