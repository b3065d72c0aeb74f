"""The command line ``verify``: list, show, why, run, replay, record, diff, accept, report, bound, new.

Exit codes: 0 all as locked; 1 a claim failed or regressed; 2 something undecided that the gate needs;
3 bad input; 4 the harness itself failed.
"""

import json
import keyword
import sys
from pathlib import Path
from typing import Any

import click

from verify.threads import one_thread

OK, FAILED, UNDECIDED, BAD_INPUT, BROKEN = range(5)

TAKEN = ("prove", "argument")
"""Names that the skeleton uses itself."""

SKELETON = '''"""{label} of {source}: say in one sentence what the statement is about."""

from verify import Claim, Context, Outcome, Statement, prove

{name} = Claim(
    "{source}/{label}",
    title="...",
    kind="deterministic-inequality",
    where="...",
    states=r"x \\le c x^2 + 1",
    given=(r"x \\ge 0",),
    printed={{"c": 1}},
)


@{name}.check(covers="universal")
def argument(claim: Statement, ctx: Context) -> Outcome:
    """Say the argument in a sentence: it is shown in the report."""
    return prove("x <= c*x**2 + 1", x="[0, oo)", let=claim.let)


{name}.falsehood("replace this by a wrong constant that the check must refute", c=2)
'''


class Group(click.Group):
    """A command group whose failures are one line and an exit code."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run, and map what goes wrong to the exit codes of the module's docstring."""
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs)
        except click.exceptions.Exit as done:
            code = done.exit_code
        except click.ClickException as error:
            error.show()
            code = BAD_INPUT
        except (click.Abort, KeyboardInterrupt):
            click.echo("interrupted; what was done is kept", err=True)
            code = 130
        except BrokenPipeError:
            code = OK
        except Exception as error:
            code = _explain(error)
        sys.exit(code if isinstance(code, int) else OK)


def _explain(error: Exception) -> int:
    from verify.claim import SpecError
    from verify.kernel import ExpressionError
    from verify.store import StoreError

    if isinstance(error, SpecError | StoreError | ExpressionError):
        click.echo(f"verify: {error}", err=True)
        return BAD_INPUT
    click.echo(f"verify: the harness itself failed: {type(error).__name__}: {error}", err=True)
    return BROKEN


def _root(context: click.Context) -> Path:
    return Path(context.obj["root"])


def _build(context: click.Context) -> Path:
    build = context.obj["build"]
    return Path(build) if build else _root(context) / "build"


def _emit(value: Any) -> None:
    click.echo(json.dumps(value, indent=1, ensure_ascii=False))


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--root", default=".", type=click.Path(), help="Folder that holds theorems/ (default: here).")
@click.option("--build", default=None, type=click.Path(), help="Folder of results (default: ROOT/build).")
@click.version_option(package_name="lemmata")
@click.pass_context
def main(context: click.Context, root: str, build: str | None) -> None:
    """Check the claims of theory papers, and find out what their proofs are worth.

    \b
    Examples:
      verify run                                   run everything, apply the gate
      verify run 'du2019shallow/lemma-3*'          run some claims
      verify show du2019shallow/event-Air          verdict, evidence, witness
      verify why du2019shallow/thm-3.2             what a claim rests on
      verify replay                                re-check every certificate in this process
      verify bound data.npy --theorem du2019shallow/thm-4.1     what a theorem asks for on your data
      verify new mypaper/lemma-2                   start a spec of your own

    Shell completion: eval "$(_VERIFY_COMPLETE=bash_source verify)" (or zsh_source, fish_source).
    """
    one_thread()
    context.obj = {"root": root, "build": build}


def _summaries(context: click.Context) -> dict[str, Any]:
    """The claims of the last run by id; none when nothing ran yet, an error when the file is damaged."""
    from verify import store

    if not (_build(context) / store.SUMMARY).exists():
        return {}
    return {c.id: c for c in store.read_summary(_build(context)).claims}


def _records(context: click.Context) -> dict[str, dict[str, Any]]:
    """The verdict record of every declared claim, from the last run where there is one."""
    from verify import registry, store

    known = registry.load(_root(context))
    stored = {name: store.verdict_record(c) for name, c in _summaries(context).items()}
    blank = {"verdict": "not run", "strength": None, "scope": None, "regime": None, "margin": None}
    records = {}
    for name, item in known.items():
        records[name] = stored.get(name) or {
            "id": name,
            "same_as": [*item.aliases, *item.same_as],
            "kind": item.kind,
            **blank,
            "erratum": None,
        }
        records[name]["title"] = item.title
    return records


@main.command("list")
@click.argument("patterns", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@click.pass_context
def list_claims(context: click.Context, patterns: tuple[str, ...], as_json: bool) -> None:
    """List claims with their verdicts.  Example: verify list 'du2019shallow/*' --json."""
    from fnmatch import fnmatch

    from verify import registry

    records = _records(context)
    names = {name: (name, *record["same_as"]) for name, record in records.items()}
    for pattern in patterns:
        if not any(fnmatch(n, pattern) for every in names.values() for n in every):
            registry.resolve(pattern)
    chosen = [
        record
        for name, record in records.items()
        if not patterns or any(fnmatch(n, p) for p in patterns for n in names[name])
    ]
    if as_json:
        _emit(chosen)
        return
    for r in chosen:
        click.echo(
            f"{r['verdict']:10} {r['strength'] or '':11} {r['scope'] or '':10} {r['id']}  {r['title']}"
        )


@main.command()
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@click.pass_context
def show(context: click.Context, id: str, as_json: bool) -> None:
    """Show one claim: statement, verdict, evidence, falsehoods.  Example: verify show du2019shallow/eq-7."""
    import msgspec

    from verify import registry

    registry.load(_root(context))
    item = registry.resolve(id)
    summary = _summaries(context).get(item.id)
    if as_json:
        _emit(msgspec.to_builtins(summary) if summary else _records(context)[item.id])
        return
    click.echo(f"{item.id}  {item.title}\n  {item.where}\n  {item.states}")
    for hypothesis in item.given:
        click.echo(f"  given {hypothesis}")
    if summary is None:
        click.echo("  not run yet: verify run " + item.id)
        return
    click.echo(f"  {summary.verdict} ({summary.strength}, {summary.scope}) {summary.regime}")
    if summary.witness or summary.reason:
        click.echo(f"  {summary.witness or summary.reason}")
    if summary.erratum:
        click.echo(
            f"  erratum ({summary.erratum.kind}): {summary.erratum.corrected}: {summary.erratum.verdict}"
        )
    for check in summary.checks:
        click.echo(f"  check {check.name}: {check.code}")
    for variant in summary.variants:
        by = f" by {', '.join(variant.refuted_by)}" if variant.refuted_by else ""
        click.echo(f"  {variant.key}: {variant.verdict}{by}")


@main.command()
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@click.pass_context
def why(context: click.Context, id: str, as_json: bool) -> None:
    """Print what a claim rests on, as a tree.  Example: verify why du2019shallow/thm-3.2."""
    from verify import claim as claims
    from verify import registry

    known = registry.load(_root(context))
    records, alias = _records(context), claims.aliases()

    def tree(name: str, through: str, path: tuple[str, ...]) -> dict[str, Any]:
        name = alias.get(name, name)
        item = known[name]
        below = [tree(t, "statement", (*path, name)) for t in item.uses]
        below += [tree(t, "proof", (*path, name)) for t in item.proof_uses]
        return {"id": name, "through": through, "verdict": records[name]["verdict"], "rests_on": below}

    whole = tree(registry.resolve(id).id, "", ())
    if as_json:
        _emit(whole)
        return

    def draw(node: dict[str, Any], depth: int) -> None:
        label = f" (through its {node['through']})" if node["through"] else ""
        click.echo(f"{'  ' * depth}{node['verdict']:10} {node['id']}{label}")
        for child in node["rests_on"]:
            draw(child, depth + 1)

    draw(whole, 0)


@main.command()
@click.argument("patterns", nargs=-1)
@click.option("--profile", type=click.Choice(["quick", "full", "gpu"]), default="quick", show_default=True)
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option("-n", "workers", default="0", help="Worker processes (0: in this process; auto).")
@click.option("--no-cache", is_flag=True, help="Recompute everything.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON.")
@click.pass_context
def run(
    context: click.Context,
    patterns: tuple[str, ...],
    profile: str,
    device: str,
    workers: str,
    no_cache: bool,
    as_json: bool,
) -> None:
    """Run claims and apply the gate.  Example: verify run 'du2019shallow/lemma-3*' -n 2."""
    import subprocess

    from verify import gate, recorded, registry, store
    from verify.runner import resolve_device

    root = _root(context).resolve()
    known = registry.load(root)
    names = [n for item in known.values() for n in (item.id, *item.aliases)]
    from fnmatch import filter as matching

    for pattern in patterns:
        if not matching(names, pattern):
            registry.resolve(pattern)
    arguments = ["theorems", "-q", "--rootdir", str(root), "--profile", profile, "--device", device]
    arguments += [f"--claim={pattern}" for pattern in patterns] + ["--build", str(_build(context).resolve())]
    arguments += ["--no-claims-cache"] if no_cache else []
    arguments += ["-n", workers] if workers != "0" else []
    store.writable(_build(context))
    resolve_device(device)
    gate.read_lock(root)
    recorded.read_all(root)
    command = [sys.executable, "-m", "pytest", *arguments]
    quiet = subprocess.DEVNULL if as_json else None
    status = subprocess.run(command, cwd=root, stdout=quiet, check=False).returncode
    if as_json and status in (0, 1):
        _emit([store.verdict_record(c) for c in store.read_summary(_build(context)).claims])
    context.exit(_exit_code(status, context))


def _exit_code(status: int, context: click.Context) -> int:
    """Exit code from pytest's status and the stored changes."""
    if status == 0:
        return OK
    if status in (2, 4, 5):
        return BAD_INPUT
    if status == 3:
        return BROKEN
    from verify import gate, store

    failing = gate.failures(store.read_summary(_build(context)).changes)
    if any(change.direction == "conflict" for change in failing):
        return BROKEN
    undecided = [c for c in failing if "became undecided" in c.message]
    return UNDECIDED if failing and len(undecided) == len(failing) else FAILED


@main.command()
@click.argument("ids", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@click.pass_context
def replay(context: click.Context, ids: tuple[str, ...], as_json: bool) -> None:
    """Re-check stored certificates with the kernel alone.  Example: verify replay du2019shallow/event-Air."""
    from verify import kernel, store
    from verify.outcome import judge

    results = store.latest_results(_build(context))
    known = {r.claim for r in results}
    for wanted in ids:
        if wanted not in known:
            from verify import registry
            from verify.claim import SpecError

            near = ", ".join(registry.nearest(wanted, sorted(known))) or "none"
            raise SpecError(f"no stored result of {wanted!r}; nearest: {near}")
    bad, checked = [], 0
    for result in results:
        if ids and result.claim not in ids:
            continue
        for link in result.judgement.outcome.evidence:
            checked += 1
            try:
                kernel.check(link.certificate)
            except kernel.Rejected as rejection:
                bad.append({"task": result.task, "says": link.says, "rejected": str(rejection)})
        again = judge(result.judgement.outcome, result.judgement.scope)
        if again.code != result.judgement.code:
            bad.append({"task": result.task, "says": result.judgement.code, "rejected": f"now {again.code}"})
    if as_json:
        _emit({"checked": checked, "rejected": bad})
    else:
        click.echo(f"{checked} certificates re-checked, {len(bad)} rejected")
        for entry in bad:
            click.echo(f"  {entry['task']}: {entry['says']}: {entry['rejected']}", err=True)
    context.exit(FAILED if bad else OK)


@main.command()
@click.argument("ids", nargs=-1, required=True)
@click.pass_context
def record(context: click.Context, ids: tuple[str, ...]) -> None:
    """Commit the results of expensive checks, so that smaller profiles can show them.

    Takes what the last run with a larger profile found for the named claims and writes it below
    theorems/recorded/, with its provenance.  Example: verify run X --profile full; verify record X.
    """
    from verify import recorded, registry, store

    root = _root(context)
    registry.load(root)
    lines = store.read(_build(context))
    runs = {line.id: line for line in lines if isinstance(line, store.Run)}
    latest = {line.result.task: line.result for line in lines if isinstance(line, store.Line)}
    for wanted in ids:
        item = registry.resolve(wanted)
        tasks = [t for t in registry.all_tasks(item) if t.check.profile != "quick" and t.id in latest]
        kept = recorded.newest(tasks, latest, runs)
        if not kept:
            from verify.claim import SpecError

            raise SpecError(
                f"{item.id}: no fresh result of a check beyond the profile quick; first run: "
                f"verify run {item.id} --profile full"
            )
        click.echo(f"{recorded.write(root, item.id, kept)}: {len(kept)} tasks")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable; the same as --format json.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "markdown", "github", "sarif"]),
    default="text",
    show_default=True,
    help="markdown: for a job summary; github: annotations on the claims' lines; sarif: for code scanning.",
)
@click.pass_context
def diff(context: click.Context, as_json: bool, style: str) -> None:
    """Say what became weaker, stronger, new, gone or slower since the lock.

    Slower compares with the run before on the same machine and never fails.
    Example: verify diff --format markdown >> "$GITHUB_STEP_SUMMARY".
    """
    import msgspec

    from verify import gate, store

    summary = store.read_summary(_build(context))
    changes = gate.compare(gate.read_lock(_root(context)), {c.id: c for c in summary.claims})
    changes += gate.slower(store.read_history(_build(context)))
    if as_json or style == "json":
        _emit(msgspec.to_builtins(changes))
    elif style == "markdown":
        click.echo(gate.markdown(changes))
    elif style == "github":
        for line in gate.annotations(changes, summary.claims):
            click.echo(line)
    elif style == "sarif":
        _emit(gate.sarif(changes, summary.claims))
    else:
        for change in changes:
            click.echo(f"[{change.direction}] {change.claim}: {change.message}")
        click.echo(gate.in_words(changes))
    context.exit(FAILED if gate.failures(changes) else OK)


@main.command()
@click.argument("patterns", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Only show what would be accepted.")
@click.pass_context
def accept(context: click.Context, patterns: tuple[str, ...], dry_run: bool) -> None:
    """Move the lock to the last run, and show what is accepted and what is not.

    New and stronger verdicts are accepted without being named; weaker ones, new or vanished refutations of
    claims in the lock and removed claims only when they are named, by id or pattern.  Defects and conflicts
    are never accepted.  Example: verify accept 'du2019deep/lemma-G.*'.
    """
    from fnmatch import filter as matching

    from verify import gate, store

    root = _root(context)
    summary = store.read_summary(_build(context))
    computed = {c.id: c for c in summary.claims}
    lock = gate.read_lock(root)
    everything = sorted({*computed, *lock})
    named: set[str] = set()
    for pattern in patterns:
        found = matching(everything, pattern)
        if not found:
            from verify import registry
            from verify.claim import SpecError

            near = ", ".join(registry.nearest(pattern, everything)) or "none"
            raise SpecError(f"unknown claim {pattern!r}; nearest: {near}")
        named |= set(found)
    changes = gate.compare(lock, computed)
    refused = {c.claim for c in changes if c.direction in ("defect", "conflict")}
    refused |= {c.claim for c in gate.failures(changes) if c.claim not in named and c.claim in lock}
    unrun = {
        c.id for c in summary.claims if any(k.code == "not run" and k.profile == "quick" for k in c.checks)
    }
    entries = {**lock}
    for name, item in computed.items():
        if name not in refused and name not in unrun:
            entries[name] = gate.locked_from(item)
    for name in set(lock) - set(computed) - refused:
        del entries[name]
    taken = "would accept" if dry_run else "accepted"
    for change in changes:
        kept = "refused" if change.claim in refused or change.claim in unrun else taken
        click.echo(f"{kept}: [{change.direction}] {change.claim}: {change.message}")
    unnamed = sorted(name for name in refused if name in lock)
    if unnamed:
        click.echo(f"to accept what is refused, name it: verify accept {' '.join(unnamed[:5])}", err=True)
    if not dry_run:
        gate.write_lock(root, entries.values())
    context.exit(FAILED if refused else OK)


@main.command()
@click.pass_context
def report(context: click.Context) -> None:
    """Write build/report.html from the stored results."""
    from verify import store
    from verify.plugin import render

    store.read_summary(_build(context))
    path = render(_build(context))
    if not path:
        raise click.UsageError("no report package is installed")
    click.echo(path)


@main.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--theorem", required=True, help="Such as du2019shallow/thm-4.1 or du2019deep/thm-5.1.")
@click.option("--labels", type=click.Path(path_type=Path), help="Labels y; their largest modulus is C.")
@click.option("--label-bound", type=float, help="C, instead of labels (default 1).")
@click.option("--normalise", is_flag=True, help="Scale every input to norm 1.")
@click.option("--activation", help="Of a deep network (default softplus).")
@click.option("--depth", type=int, help="Hidden layers H of a deep network (default 2).")
@click.option("--c-res", default="1/2", show_default=True, help="Factor of a ResNet's residual branches.")
@click.option("--filter-size", type=int, help="Pixels of a convolution's filters, odd (default 3).")
@click.option("--lambda0", help="Take lambda_0 as given instead of enclosing it.")
@click.option("--delta", default="0.05", show_default=True, help="Failure probability.")
@click.option("--epsilon", default="1e-6", show_default=True, help="Loss to reach, relative to the first.")
@click.option("--width", type=int, help="A width to compare with what is needed.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@click.pass_context
def bound(context: click.Context, /, data: Path, theorem: str, as_json: bool, **options: Any) -> None:
    """Say what a convergence theorem asks for on DATA (.npy, .npz or .csv, one input a row).

    Inputs of a convolutional network are d channels of p pixels: shape (n, d, p), or (n, p) for one channel.
    Encloses lambda_0 of the data, then prints required width, step size, rate and iterations.  Exit code 2
    when lambda_0 > 0 cannot be certified.  Example: verify bound X.csv --theorem du2019shallow/thm-4.1.
    """
    from verify import bound as bounds

    answer = bounds.report(data, theorem, **options)
    if as_json:
        _emit(answer)
    else:
        click.echo("\n".join(bounds.text(answer)))
    context.exit(OK if answer["positive"] else UNDECIDED)


@main.command()
@click.argument("id")
@click.pass_context
def new(context: click.Context, id: str) -> None:
    """Write the skeleton of a spec.  Example: verify new mypaper/lemma-2."""
    from verify.claim import ID, SpecError, slug

    if not ID.fullmatch(id):
        raise SpecError(f"expected an id such as source/lemma-2 but got {id!r}")
    source, label = id.split("/")
    name = slug(label).replace("-", "_")
    taken = keyword.iskeyword(name) or name in TAKEN or name.startswith(("test_", "conftest"))
    name = f"claim_{name}" if taken or not name.isidentifier() else name
    folder = _root(context) / "theorems" / source
    path = folder / f"{name}.py"
    if path.exists():
        raise SpecError(f"{path} exists already")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for package, says in ((folder.parent, "Claims of theory papers."), (folder, f"Claims of {source}.")):
            if not (package / "__init__.py").exists():
                (package / "__init__.py").write_text(f'"""{says}"""\n')
        path.write_text(SKELETON.format(source=source, label=label, name=name))
    except OSError as error:
        raise SpecError(f"cannot write {path}: {error.strerror}") from None
    click.echo(f"{path}: edit it, then run: verify run {id}")
