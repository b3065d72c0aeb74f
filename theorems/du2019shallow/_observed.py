"""What was seen to be enough, to be set against what a theorem asks for."""

from collections.abc import Sequence

from verify import Demand


def enough_width(
    asked: float, widths: Sequence[int], failing: Sequence[float], delta: float, note: str
) -> tuple[Demand, ...]:
    """The least width tried from which on at most the share `delta` of the runs fails; none if none does."""
    seen = len(widths)
    while seen and failing[seen - 1] <= delta:
        seen -= 1
    if seen == len(widths):
        return ()
    return (Demand("width", float(asked), float(widths[seen]), note=note),)
