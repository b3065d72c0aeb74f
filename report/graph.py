"""The dependency graph: layers from what is used to what uses it, drawn as inline SVG.

Layering by longest path on the condensation, ordering by barycentres, heights by least squares with a
minimum distance (pool adjacent violators): K. Sugiyama, S. Tagawa, M. Toda, IEEE Trans. SMC 11 (1981), in
its simplest form.  Weak components are packed on shelves; claims without any relation are only listed.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import networkx as nx

from verify.verdict import ClaimSummary

NODE_WIDTH, NODE_HEIGHT, COLUMN, ROW, GAP = 164, 34, 216, 42, 26
SHELF = 1080
"""Width in pixels that small components fill before a new shelf begins."""
SWEEPS = 12


class Node(NamedTuple):
    """A claim in the drawing: its upper left corner and its column."""

    id: str
    x: float
    y: float


class Edge(NamedTuple):
    """From the claim that is used to the one that uses it."""

    used: str
    user: str
    proof: bool
    path: str


class Layout(NamedTuple):
    """The drawing, and the claims that neither use nor are used."""

    nodes: list[Node]
    edges: list[Edge]
    alone: list[str]
    width: float
    height: float


def layout(claims: Mapping[str, ClaimSummary], alias: Mapping[str, str]) -> Layout:
    """Positions of all claims that stand in some relation."""
    relations = dependencies(claims, alias)
    graph = nx.DiGraph()
    graph.add_edges_from((used, user) for used, user, _ in relations)
    alone = [name for name in claims if name not in graph]
    place: dict[str, tuple[float, float]] = {}
    left = top = bottom = width = 0.0
    components = sorted(nx.weakly_connected_components(graph), key=lambda c: (-len(c), min(c)))
    for members in components:
        drawn, right, height = _component(graph.subgraph(members))
        if left and left + right > SHELF:
            left, top = 0.0, bottom + GAP
        place |= {name: (x + left, y + top) for name, (x, y) in drawn.items()}
        width, bottom = max(width, left + right), max(bottom, top + height)
        left += right + GAP
    nodes = [Node(name, *place[name]) for name in claims if name in place]
    edges = [Edge(a, b, proof, curve(place[a], place[b])) for a, b, proof in relations]
    return Layout(nodes, edges, alone, width, bottom)


def dependencies(claims: Mapping[str, ClaimSummary], alias: Mapping[str, str]) -> list[tuple[str, str, bool]]:
    """(used, user, through the proof only) between known claims, aliases resolved, each pair once."""
    found: dict[tuple[str, str], bool] = {}
    for item in claims.values():
        for targets, proof in ((item.uses, False), (item.proof_uses, True)):
            for target in targets:
                target = alias.get(target, target)
                if target in claims and target != item.id:
                    found.setdefault((target, item.id), proof)
    return [(used, user, proof) for (used, user), proof in found.items()]


def curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    """An S-shaped path from the right side of one node to the left side of another."""
    x1, y1 = start[0] + NODE_WIDTH, start[1] + NODE_HEIGHT / 2
    x2, y2 = end[0], end[1] + NODE_HEIGHT / 2
    across, down = x2 - x1, y2 - y1
    bend = max(24.0, across / 2)
    return f"M{x1:.0f} {y1:.0f}c{bend:.0f} 0 {across - bend:.0f} {down:.0f} {across:.0f} {down:.0f}"


def _component(graph: "nx.DiGraph[str]") -> tuple[dict[str, tuple[float, float]], float, float]:
    layers = _layers(graph)
    order = _ordered(graph, layers)
    height = _heights(graph, order)
    shift = min(height.values())
    place = {
        name: (float(column * COLUMN), height[name] - shift)
        for column, names in enumerate(order)
        for name in names
    }
    right = float((len(order) - 1) * COLUMN + NODE_WIDTH)
    return place, right, max(y for _, y in place.values()) + NODE_HEIGHT


def _layers(graph: "nx.DiGraph[str]") -> list[list[str]]:
    """Longest-path layers, with claims that use nothing pulled up to just below their users."""
    condensed = nx.condensation(graph)
    level: dict[int, int] = {}
    order = list(nx.topological_sort(condensed))
    for node in order:
        level[node] = 1 + max((level[p] for p in condensed.predecessors(node)), default=-1)
    for node in reversed(order):
        users = [level[s] for s in condensed.successors(node)]
        if users and not any(True for _ in condensed.predecessors(node)):
            level[node] = min(users) - 1
    layers: list[list[str]] = [[] for _ in range(1 + max(level.values()))]
    for node in order:
        layers[level[node]] += sorted(condensed.nodes[node]["members"])
    return layers


def _neighbours(graph: "nx.DiGraph[str]", name: str) -> list[str]:
    return [*graph.predecessors(name), *graph.successors(name)]


def _ordered(graph: "nx.DiGraph[str]", layers: list[list[str]]) -> list[list[str]]:
    """Fewer crossings: each layer sorted by the mean position of its neighbours, back and forth."""
    rank = {name: float(i) for layer in layers for i, name in enumerate(layer)}
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            near = graph.predecessors if sweep % 2 == 0 else graph.successors
            mean = {name: _mean((rank[n] for n in near(name)), rank[name]) for name in layer}
            layer.sort(key=lambda name: (mean[name], name))
            rank |= {name: i - len(layer) / 2 for i, name in enumerate(layer)}
    return layers


def _mean(values: Iterable[float], default: float) -> float:
    found = list(values)
    return sum(found) / len(found) if found else default


def _heights(graph: "nx.DiGraph[str]", order: list[list[str]]) -> dict[str, float]:
    """Each node near the mean height of its neighbours, at least a row from the next."""
    height = {name: (i - len(layer) / 2) * ROW for layer in order for i, name in enumerate(layer)}
    for sweep in range(SWEEPS):
        for layer in order if sweep % 2 == 0 else reversed(order):
            wanted = [_mean((height[n] for n in _neighbours(graph, name)), height[name]) for name in layer]
            height |= dict(zip(layer, spaced(wanted, ROW), strict=True))
    return height


def spaced(wanted: list[float], distance: float) -> list[float]:
    """The least-squares closest values to `wanted`, in the same order and `distance` apart."""
    blocks: list[tuple[float, int]] = []
    for i, value in enumerate(wanted):
        total, count = value - i * distance, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            before = blocks.pop()
            total, count = total + before[0], count + before[1]
        blocks.append((total, count))
    level = [total / count for total, count in blocks for _ in range(count)]
    return [value + i * distance for i, value in enumerate(level)]
