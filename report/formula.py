"""TeX to presentation MathML, compact and safe to inline; what does not convert stays TeX in plain sight.

latex2mathml does the conversion.  Its tree is then read back, checked against a list of elements, tidied
(relations and function names as MathML Core wants them) and cut at top-level relations, so that a long
formula wraps like text instead of running off the page.
"""

import contextlib
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from xml.etree import ElementTree

from latex2mathml.converter import convert
from markupsafe import Markup, escape

_TOKENS = ("mi", "mn", "mo", "mtext", "mspace")
_SCRIPTS = ("msub", "msup", "msubsup", "munder", "mover", "munderover")
_BOXES = ("mrow", "mstyle", "mpadded", "mphantom", "menclose", "mfrac", "msqrt", "mroot")
ELEMENTS = frozenset(("math", *_TOKENS, *_SCRIPTS, *_BOXES, "mtable", "mtr", "mtd"))
_OF_OPERATORS = ("stretchy", "form", "lspace", "rspace", "minsize", "maxsize", "movablelimits", "accent")
_OF_OTHERS = ("accentunder", "linethickness", "columnalign", "width", "displaystyle", "scriptlevel")
ATTRIBUTES = frozenset((*_OF_OPERATORS, *_OF_OTHERS, "mathvariant", "notation"))
RELATIONS = frozenset("=<>≤≥≠≈≡∼≃≅∝≪≫⪯⪰≲≳≍≺≻⊆⊂∈→⇒⇔⟹⟺↦≜≔")
SIGNS = frozenset("+−±")
LIMITS = frozenset(("max", "min", "sup", "inf", "lim", "argmax", "argmin", "Pr"))
DELIMITERS = {r"\{": "{", r"\}": "}", r"\|": "‖", r"\vert": "|", r"\Vert": "‖", r"\lvert": "|"}
DELIMITERS |= {r"\rvert": "|", r"\lVert": "‖", r"\rVert": "‖", r"\langle": "⟨", r"\rangle": "⟩"}
DELIMITERS |= {r"\lceil": "⌈", r"\rceil": "⌉", r"\lfloor": "⌊", r"\rfloor": "⌋"}
"""What latex2mathml leaves as commands after ``\\big`` and its kin."""
NOT_OPERATORS = frozenset("∞∂∇∅⊤ℓ/…⋯")
LARGE = frozenset("∑∏⋃⋂")
ACCENTS = frozenset("~^˙¨¯―→´`˘ˇ")
PRIMES = frozenset(("′", "″", "‴"))
BARS = frozenset("|‖")
SHORT = 22
"""Formulas with at most this many characters stay in one piece (they fit a line at 400 px)."""
PIECE = 8
"""No cut before a relation leaves a piece shorter than this."""
LONG = 16
"""A piece longer than this may also be cut before a plus or minus."""
REWRITES = (
    (re.compile(r"\\arg\s*\\(min|max)"), r"\\operatorname{arg\1}"),
    (re.compile(r"(\\[A-Za-z]+|[A-Za-z])('{2,})\s*\^"), r"{\1\2}^"),
)
"""TeX that latex2mathml cannot read, and the same in TeX that it can."""
PLAIN = re.compile(r"[\w.-]+", re.ASCII)
"""Attribute values that need no quotes."""

Element = ElementTree.Element


class Formula(NamedTuple):
    """HTML of a formula and whether its TeX converted."""

    html: Markup
    converted: bool


@lru_cache(maxsize=4096)
def formula(tex: str) -> Formula:
    """A displayed formula: MathML that wraps, or the TeX source and a note that it did not convert."""
    root = _tree(tex)
    if root is None:
        note = '<span class="note">TeX source; it does not convert to MathML</span>'
        return Formula(Markup(f"<code class=tex>{escape(tex)}</code> {note}"), False)
    return Formula(Markup("".join(_wrapped(root))), True)


@lru_cache(maxsize=4096)
def phrase(text: str) -> Formula:
    """A hypothesis: TeX, words, or words with ``$TeX$`` in them."""
    if "$" in text:
        pieces = text.split("$")
        parts = [formula(p).html if i % 2 and p else escape(p) for i, p in enumerate(pieces)]
        return Formula(Markup("").join(parts), True)
    if _is_prose(text):
        return Formula(Markup(escape(text)), True)
    return formula(text)


def _is_prose(text: str) -> bool:
    """No TeX command and two neighbouring words of at least three letters."""
    return "\\" not in text and re.search(r"[A-Za-z]{3,}[ ,]+[A-Za-z]{3,}", text) is not None


def _tree(tex: str) -> Element | None:
    """The tidied tree, or None when the TeX does not convert whole, or to anything unexpected."""
    for pattern, replacement in REWRITES:
        tex = pattern.sub(replacement, tex)
    try:
        xml = convert(tex)
    except Exception:  # latex2mathml raises StopIteration, IndexError, KeyError and its own classes
        return None
    try:
        root = ElementTree.fromstring(xml.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "", 1))
    except ElementTree.ParseError:
        return None
    for node in root.iter():
        node.text = DELIMITERS.get(node.text or "", node.text)
        if node.tag not in ELEMENTS or "\\" in (node.text or "") or (node.tail or "").strip():
            return None
    _tidy(root)
    return root


def _tidy(node: Element) -> None:
    for child in node:
        _tidy(child)
    _merge_letters(node)
    for position, child in enumerate(node):
        if child.tag == "mrow" and len(child) == 1 and not child.attrib:
            node[position] = child[0]
    if node.tag not in (*_TOKENS, *_SCRIPTS, "mfrac", "mroot"):
        _space_functions(node)
        _sign_numbers(node)
    _tidy_token(node)
    _tidy_script(node)


def _tidy_token(node: Element) -> None:
    text = node.text or ""
    if node.tag == "mi":
        _tidy_identifier(node, text)
    elif node.tag == "mo" and (text in NOT_OPERATORS or text.isalpha()):
        node.tag = "mi"
        node.attrib.clear()
        if len(text) == 1 and text.isascii() and text.isalpha():
            node.set("mathvariant", "normal")
    elif node.tag == "mo" and text in BARS and not {"form", "minsize"} & set(node.attrib):
        node.tag = "mi"
        node.attrib.clear()
    node.attrib.pop("form", None)
    variant = node.get("mathvariant", "normal")
    if variant != "normal":
        del node.attrib["mathvariant"]
        node.text = "".join(_styled(letter, variant) for letter in text)


def _tidy_identifier(node: Element, text: str) -> None:
    if text in ("~", "∼"):
        node.tag, node.text = "mo", "∼"
    elif len(text) == 1 and _is_operator(text):
        node.tag = "mo"
    elif len(text) == 1 and unicodedata.name(text, "").startswith("GREEK CAPITAL"):
        node.attrib.setdefault("mathvariant", "normal")


def _is_operator(text: str) -> bool:
    return text not in NOT_OPERATORS and unicodedata.category(text) == "Sm"


def _styled(letter: str, variant: str) -> str:
    """The mathematical alphanumeric of a letter (MathML Core has no mathvariant but normal)."""
    name = unicodedata.name(letter, "").replace("GREEK ", "").replace("LATIN ", "").replace(" LETTER", "")
    style = variant.upper() if variant == "double-struck" else variant.replace("-", " ").upper()
    for full in (f"MATHEMATICAL {style} {name}", f"{style} {name}"):
        with contextlib.suppress(KeyError):
            return unicodedata.lookup(full)
    return letter


def _tidy_script(node: Element) -> None:
    base = node[0] if len(node) else None
    core = (base.text or "") if base is not None else ""
    if core in LIMITS or core in LARGE:
        node.tag = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}.get(node.tag, node.tag)
    if node.tag == "msup" and len(node) == 2 and (node[1].text or "") in PRIMES:
        _inline_prime(node)
    if node.tag == "mover" and len(node) == 2 and (node[1].text or "") in ACCENTS:
        node.set("accent", "true")


def _inline_prime(node: Element) -> None:
    """A prime beside its letter: fonts draw the character raised already, a superscript raises it twice."""
    node.tag, prime = "mrow", node[1]
    prime.tag = "mo"
    prime.attrib.update(lspace="0", rspace="0")


def _merge_letters(node: Element) -> None:
    """``<mi>r</mi><mi>a</mi>...`` of ``\\mathrm{rank}`` becomes one upright identifier."""
    merged: list[Element] = []
    for child in list(node):
        last = merged[-1] if merged else None
        upright = child.tag == "mi" and child.get("mathvariant") == "normal"
        if node.tag == "mrow" and upright and last is not None and last.get("class") == "word":
            last.text = (last.text or "") + (child.text or "")
            continue
        if upright:
            child.set("class", "word")
        merged.append(child)
    node[:] = merged


def _space_functions(row: Element) -> None:
    """A thin space around a named function, except beside parentheses, operators and other spaces."""
    children: list[Element] = []
    for child in row:
        apart = ("mo", "mspace", "mtext")
        after = bool(children) and _is_name(children[-1]) and child.tag not in apart
        before = bool(children) and _is_name(child) and children[-1].tag not in apart
        if after or before:
            children.append(Element("mspace", {"width": ".17em"}))
        children.append(child)
    row[:] = children


def _sign_numbers(row: Element) -> None:
    """A minus after an opening parenthesis, a relation or a comma is a sign, not a difference."""
    for before, node in pairwise(row):
        opening = before.tag == "mo" and (before.text or " ") in (*"([{,", *RELATIONS)
        if opening and node.tag == "mo" and (node.text or "") in SIGNS:
            node.set("form", "prefix")


def _is_name(node: Element) -> bool:
    core = node[0] if node.tag in _SCRIPTS and len(node) else node
    return core.tag in ("mi", "mo") and len(core.text or "") > 1 and (core.text or "").isalpha()


def _wrapped(root: Element) -> Iterator[str]:
    """The formula in pieces between which a line may break."""
    row = list(root[0]) if len(root) == 1 and root[0].tag == "mrow" and not root[0].attrib else list(root)
    pieces = _pieces(row) if _length(row) > SHORT else [row]
    for position, piece in enumerate(pieces):
        if len(piece) == 1 and piece[0].tag == "mtext":
            words = (piece[0].text or "").replace("\xa0", " ")
            yield f"<span class=words>{escape(words)}</span>"
        else:
            yield f"{'<wbr>' if position else ''}<math>{''.join(map(_write, piece))}</math>"


def _length(nodes: list[Element]) -> int:
    return sum(len(text) for node in nodes for text in node.itertext())


def _pieces(row: list[Element]) -> list[list[Element]]:
    """Cut before relations and after spaces outside parentheses, and around words."""
    pieces: list[list[Element]] = [[]]
    depth = 0
    for node in row:
        core = node[0] if node.tag in ("msub", "msup", "msubsup") and len(node) else node
        text = (core.text or "") if core.tag == "mo" else ""
        depth += (text in "([{⌊⌈" and text != "") - (text in ")]}⌋⌉" and text != "")
        space = node.tag == "mspace" and node.get("width") in ("1em", "2em")
        if node.tag == "mtext" and depth <= 0:
            pieces += [[node], []]
            continue
        room = _length(pieces[-1])
        if depth <= 0 and ((text in RELATIONS and room >= PIECE) or (text in SIGNS and room >= LONG)):
            pieces.append([])
            if text in SIGNS:
                node.set("form", "infix")
        pieces[-1].append(node)
        if space and depth <= 0 and _length(pieces[-1]) >= PIECE:
            pieces.append([])
    return [piece for piece in pieces if piece]


def _write(node: Element) -> str:
    """HTML; a parenthesis that may not stretch is written as an identifier, which is half as long."""
    if node.tag == "mo" and node.text and node.text in "()[]{}" and node.attrib == {"stretchy": "false"}:
        return f"<mi>{node.text}</mi>"
    if node.tag == "mspace" and set(node.attrib) == {"width"}:
        return f"<mspace width={node.attrib['width'].replace('0.167', '.17')} />"
    attributes = "".join(
        f" {k}={_quoted(v)}"
        for k, v in node.attrib.items()
        if k in ATTRIBUTES and (k, v) != ("stretchy", "true")
    )
    if node.tag == "mtd" and node.get("columnalign") == "left":
        attributes = " class=left"
    if node.tag in _TOKENS:
        inside = str(escape(node.text or ""))
    else:
        inside = "".join(map(_write, node))
    return f"<{node.tag}{attributes}>{inside}</{node.tag}>"


def _quoted(value: str) -> str:
    return value if PLAIN.fullmatch(value) else f'"{escape(value)}"'
