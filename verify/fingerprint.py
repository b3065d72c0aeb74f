"""Content addresses: a key that changes exactly when a check's result may change.

The key of a task hashes the code of the check and of everything of ours that it reaches (definitions with
comments and docstrings removed, followed through imports), the data it runs on, the versions of the
numerical libraries, the profile, the seed and the kind of device.  The kernel and the judging of outcomes
belong to every key.
"""

import ast
import hashlib
import importlib.metadata
import platform
import sys
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from verify.registry import Task

LIBRARIES = ("python-flint", "sympy", "mpmath", "numpy", "scipy", "torch")
PACKAGES = ("numerics", "verify", "theorems")
ALWAYS = (
    ("verify.kernel.certificates", "check"),
    ("verify.kernel.certificates", "_CHECKERS"),
    ("verify.outcome", "judge"),
    ("verify.context", "Context"),
)


class Unit(NamedTuple):
    """A top-level definition: where it is, and its code without comments and docstrings."""

    module: str
    name: str


class Module:
    """The definitions and imports of one of our modules, parsed once."""

    def __init__(self, name: str, path: Path) -> None:
        self.name, self.path = name, path
        tree = ast.parse(path.read_text(encoding="utf-8"))
        self.nodes: dict[str, list[ast.stmt]] = {}
        self.imports: dict[str, tuple[str, str | None]] = {}
        self._read(tree.body)

    def _read(self, body: list[ast.stmt]) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                self.nodes.setdefault(node.name, []).append(node)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                self._read_import(node)
            elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    for part in ast.walk(target):
                        if isinstance(part, ast.Name):
                            self.nodes.setdefault(part.id, []).append(node)
            elif isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
                for field in ("body", "orelse", "finalbody"):
                    self._read(getattr(node, field, []))

    def _read_import(self, node: ast.Import | ast.ImportFrom) -> None:
        for name, target in imported(node, self.name, self.path.name == "__init__.py"):
            self.imports[name] = target


def imported(
    node: ast.Import | ast.ImportFrom, module: str, is_package: bool
) -> list[tuple[str, tuple[str, str | None]]]:
    """The local names that an import binds, with the module and the attribute they come from."""
    if isinstance(node, ast.Import):
        found: list[tuple[str, tuple[str, str | None]]] = []
        for item in node.names:
            local = item.asname or item.name.split(".")[0]
            found.append((local, (item.name if item.asname else local, None)))
        return found
    base = node.module or ""
    if node.level:
        parts = module.split(".")[: None if is_package and node.level == 1 else -(node.level - is_package)]
        base = ".".join([*parts, base]) if base else ".".join(parts)
    return [(item.asname or item.name, (base, item.name)) for item in node.names]


@lru_cache(maxsize=1)
def _cache_token() -> dict[str, Module | None]:
    return {}


def module_of(name: str) -> Module | None:
    """Our module of this name, or None for one that is not ours."""
    modules = _cache_token()
    if name not in modules:
        path = _locate(name)
        modules[name] = Module(name, path) if path is not None else None
    return modules[name]


def _locate(name: str) -> Path | None:
    if name.split(".")[0] not in PACKAGES:
        return None
    loaded = sys.modules.get(name)
    file = getattr(loaded, "__file__", None)
    if file:
        return Path(file)
    for folder in sys.path:
        base = Path(folder or ".").joinpath(*name.split("."))
        for candidate in (base.with_suffix(".py"), base / "__init__.py"):
            if candidate.is_file():
                return candidate
    return None


def forget() -> None:
    """Parse everything again (after files changed in the same process)."""
    _cache_token.cache_clear()
    _unit.cache_clear()


class _Strip(ast.NodeTransformer):
    """Remove docstrings; comments are gone already."""

    def _strip(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            value = body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                node.body = body[1:] or [ast.Pass()]  # type: ignore[attr-defined]
        return node

    visit_FunctionDef = visit_ClassDef = visit_AsyncFunctionDef = _strip  # noqa: N815 (names of ast)


@lru_cache(maxsize=8192)
def _unit(module: str, name: str) -> tuple[str, tuple[Unit, ...]]:
    """Hash of a definition and the units that it names directly."""
    ours = module_of(module)
    if ours is None:
        return "", ()
    if name not in ours.nodes:
        if name in ours.imports:
            return "", (_target(*ours.imports[name]),)
        return "", ()
    digest, reached = hashlib.sha256(), set()
    for node in ours.nodes[name]:
        local = {}
        for inner in ast.walk(node):
            if isinstance(inner, ast.Import | ast.ImportFrom):
                local.update(dict(imported(inner, ours.name, ours.path.name == "__init__.py")))
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        for used in names - {name}:
            if used in local or used in ours.imports:
                reached |= _through(node, used, local.get(used) or ours.imports[used])
            elif used in ours.nodes:
                reached.add(Unit(module, used))
        digest.update(ast.dump(_Strip().visit(_copy(node))).encode())
    return digest.hexdigest(), tuple(sorted(reached))


def _copy(node: ast.stmt) -> ast.stmt:
    return ast.parse(ast.unparse(node)).body[0]


def _target(module: str, attribute: str | None) -> Unit:
    if attribute is None:
        return Unit(module, "*")
    ours = module_of(module)
    bound = ours is not None and (attribute in ours.nodes or attribute in ours.imports)
    if not bound and module_of(f"{module}.{attribute}") is not None:
        return Unit(f"{module}.{attribute}", "*")
    return Unit(module, attribute)


def _through(node: ast.stmt, used: str, target: tuple[str, str | None]) -> set[Unit]:
    """Units reached by a name that is imported: the attribute, or ``module.attribute`` accesses."""
    unit = _target(*target)
    if unit.name != "*":
        return {unit}
    attributes = {
        a.attr
        for a in ast.walk(node)
        if isinstance(a, ast.Attribute) and isinstance(a.value, ast.Name) and a.value.id == used
    }
    return {Unit(unit.module, attribute) for attribute in attributes}


def reach(module: str, name: str) -> frozenset[Unit]:
    """All our definitions that a definition reaches, itself included."""
    seen: set[Unit] = set()
    stack = [Unit(module, name)]
    while stack:
        unit = stack.pop()
        if unit in seen or module_of(unit.module) is None:
            continue
        seen.add(unit)
        stack.extend(_unit(*unit)[1])
    return frozenset(seen)


def code_hash(module: str, name: str) -> str:
    """Hash of the code of a definition and of everything of ours that it reaches."""
    digest = hashlib.sha256()
    units = set(reach(module, name))
    for always in ALWAYS:
        units |= reach(*always)
    for unit in sorted(units):
        digest.update(f"{unit.module}:{unit.name}:{_unit(*unit)[0]}\n".encode())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Versions of what the numbers come from."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "absent"
    return found


def task_key(task: Task, *, profile: str, seed: int, device: str) -> str:
    """The content address of a task's result."""
    function = task.check.function
    parts = [
        task.id,
        code_hash(function.__module__, function.__name__),
        repr(sorted(task.statement.data.items(), key=lambda item: item[0])),
        task.check.covers,
        repr(sorted(versions().items())),
        profile,
        str(seed),
        device,
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
