"""Content addresses: a key that changes exactly when a check's result may change.

The key of a task hashes the code of the check and of everything of ours that it reaches (definitions with
comments and docstrings removed, followed through imports), the data it runs on, the versions of the
numerical libraries, the profile, the seed and the kind of device.  The kernel and the judging of outcomes
belong to every key.
"""

import ast
import hashlib
import importlib.metadata
import importlib.util
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


MUTATORS = ("append", "extend", "insert", "update", "setdefault", "add", "remove", "pop", "clear")


class Module:
    """The definitions and imports of one of our modules, parsed once."""

    def __init__(self, name: str, path: Path) -> None:
        self.name, self.path = name, path
        tree = ast.parse(path.read_text(encoding="utf-8"))
        self.nodes: dict[str, list[ast.stmt]] = {}
        self.imports: dict[str, tuple[str, str | None]] = {}
        self.stars: list[str] = []
        self._read(tree.body, None)

    def _read(self, body: list[ast.stmt], around: ast.stmt | None) -> None:
        """Note what each statement defines; inside a loop or a `with`, the whole block defines it."""
        for node in body:
            for name in _defined(node):
                self.nodes.setdefault(name, []).append(around or node)
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._read_import(node)
            elif isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
                block = around if isinstance(node, ast.If | ast.Try) else around or node
                for field in ("body", "orelse", "finalbody"):
                    self._read(getattr(node, field, []), block)
                for handler in getattr(node, "handlers", []):
                    self._read(handler.body, block)

    def _read_import(self, node: ast.Import | ast.ImportFrom) -> None:
        for name, target in imported(node, self.name, self.path.name == "__init__.py"):
            if name == "*":
                self.stars.append(target[0])
            else:
                self.imports[name] = target

    def binding(self, name: str) -> tuple[str, str | None] | None:
        """Where an imported name comes from, star imports included."""
        if name in self.imports:
            return self.imports[name]
        for star in self.stars:
            other = module_of(star)
            if other is not None and (name in other.nodes or other.binding(name) is not None):
                return star, name
        return None


def _defined(node: ast.stmt) -> set[str]:
    """The names that a top-level statement defines or changes."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return {node.name}
    if isinstance(node, ast.Assign):
        return _names(*node.targets)
    if isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For):
        return _names(node.target)
    if isinstance(node, ast.With):
        return _names(*(item.optional_vars for item in node.items if item.optional_vars is not None))
    call = node.value if isinstance(node, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in MUTATORS:
        return _names(call.func.value)
    return set()


def _names(*nodes: ast.AST) -> set[str]:
    return {part.id for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name)}


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
    for cached in (_cache_token, _unit, reach, code_hash, known_hashes):
        cached.cache_clear()


@lru_cache(maxsize=1)
def known_hashes() -> dict[str, str]:
    """Code hashes of this process and, if `verify.store.recall_hashes` found them, of earlier ones."""
    return {}


def sources(root: Path) -> str:
    """Hash of every Python file of our packages, wherever they are, and below ``root/theorems``."""
    folders = {root / "theorems"}
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        folders |= {Path(place) for place in (spec.submodule_search_locations or ())} if spec else set()
    digest = hashlib.sha256(platform.python_version().encode())
    for path in sorted({path.resolve() for folder in folders for path in folder.rglob("*.py")}):
        digest.update(f"\n{path}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


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

    visit_FunctionDef = visit_ClassDef = visit_AsyncFunctionDef = visit_Module = _strip  # noqa: N815 (names of ast)


@lru_cache(maxsize=8192)
def _unit(module: str, name: str) -> tuple[str, tuple[Unit, ...]]:
    """Hash of a definition and the units that it names directly."""
    ours = module_of(module)
    if ours is None:
        return "", ()
    digest, reached = hashlib.sha256(), set()
    binding = ours.binding(name)
    if binding is not None:
        reached.add(_target(*binding))
    for node in map(_undecorated, ours.nodes.get(name, [])):
        local = {}
        for inner in ast.walk(node):
            if isinstance(inner, ast.Import | ast.ImportFrom):
                local.update(dict(imported(inner, ours.name, ours.path.name == "__init__.py")))
        for used in _names(node) - {name}:
            target = local.get(used) or ours.binding(used)
            if target is not None:
                reached |= _through(node, used, target)
            if used in ours.nodes:
                reached.add(Unit(module, used))
        digest.update(ast.dump(_Strip().visit(_copy(node))).encode())
    return digest.hexdigest(), tuple(sorted(reached))


def _undecorated(node: ast.stmt) -> ast.stmt:
    """A check without the decorator that registers it: title and notes of its claim do not matter to it."""
    if not isinstance(node, ast.FunctionDef):
        return node
    kept = [d for d in node.decorator_list if not _registers(d)]
    if len(kept) == len(node.decorator_list):
        return node
    bare = _copy(node)
    bare.decorator_list = kept  # type: ignore[attr-defined]
    return bare


def _registers(decorator: ast.expr) -> bool:
    call = decorator.func if isinstance(decorator, ast.Call) else None
    return isinstance(call, ast.Attribute) and call.attr in ("check", "falsehood_with_check")


def _copy(node: ast.stmt) -> ast.stmt:
    return ast.parse(ast.unparse(node)).body[0]


def _target(module: str, attribute: str | None) -> Unit:
    if attribute is None:
        return Unit(module, "*")
    ours = module_of(module)
    bound = ours is not None and (attribute in ours.nodes or ours.binding(attribute) is not None)
    if not bound and module_of(f"{module}.{attribute}") is not None:
        return Unit(f"{module}.{attribute}", "*")
    return Unit(module, attribute)


class _Uses(ast.NodeVisitor):
    """How a name is used: one chain of attributes for each use, empty where it is used as it stands."""

    def __init__(self, name: str) -> None:
        self.name, self.chains = name, set[tuple[str, ...]]()

    def visit_Name(self, node: ast.Name) -> None:
        if node.id == self.name:
            self.chains.add(())

    def visit_Attribute(self, node: ast.Attribute) -> None:
        chain, base = [node.attr], node.value
        while isinstance(base, ast.Attribute):
            chain, base = [base.attr, *chain], base.value
        if isinstance(base, ast.Name) and base.id == self.name:
            self.chains.add(tuple(chain))
        else:
            self.visit(base)


def _through(node: ast.stmt, used: str, target: tuple[str, str | None]) -> set[Unit]:
    """Units reached by an imported name: what it names, or ``module.attribute``, or a whole module."""
    unit = _target(*target)
    if unit.name != "*":
        return {unit}
    uses = _Uses(used)
    uses.visit(node)
    return {found for chain in uses.chains for found in _along(unit.module, chain)}


def _along(module: str, chain: tuple[str, ...]) -> set[Unit]:
    """Follow attributes from a module; one that is passed on as it stands may be used in any way."""
    for attribute in chain:
        unit = _target(module, attribute)
        if unit.name != "*":
            return {unit}
        module = unit.module
    ours = module_of(module)
    return set() if ours is None else {Unit(module, name) for name in (*ours.nodes, *ours.imports)}


@lru_cache(maxsize=8192)
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


@lru_cache(maxsize=8192)
def code_hash(module: str, name: str, *, harness: bool = True) -> str:
    """Hash of the code of a definition and of everything of ours that it reaches.

    A function that is made inside another one depends on how that is called: then the whole module counts.
    harness: whether the code of `verify` counts too, the kernel and the judging of outcomes always.
    """
    label = f"{module}:{name}:{harness}"
    if label not in known_hashes():
        known_hashes()[label] = _code_hash(module, name, harness)
    return known_hashes()[label]


def _code_hash(module: str, name: str, harness: bool) -> str:
    digest = hashlib.sha256()
    units = set(reach(module, name))
    ours = module_of(module)
    if ours is not None and name not in ours.nodes:
        tree = ast.parse(ours.path.read_text(encoding="utf-8"))
        digest.update(ast.dump(_Strip().visit(tree)).encode())
        units |= {unit for other in (*ours.nodes, *ours.imports) for unit in reach(module, other)}
    for always in ALWAYS:
        units |= reach(*always)
    if not harness:
        units = {unit for unit in units if unit.module.split(".")[0] != "verify"}
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
        code_hash(function.__module__, function.__qualname__),
        repr(sorted(task.statement.data.items(), key=lambda item: item[0])),
        task.check.covers,
        repr(sorted(versions().items())),
        profile,
        str(seed),
        device,
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
