"""The diagram of each medium with what was seen in green, as SVG that stands inside a page."""

from collections.abc import Iterable, Mapping

from ixnstate.definition import Definition, checked
from ixnstate.machines import svg
from ixnstate.reports.coverage import Coverage
from ixnstate.table import GWS
from ixnstate.values import each_of


def drawings(covered: Iterable[Coverage], *, definition: Definition = GWS) -> Mapping[str, str]:
    """An SVG element for each medium; none at all where graphviz-pure (the extra ``diagrams``) is not installed."""
    checked(definition)
    covered = tuple(each_of("covered", covered, Coverage))
    try:
        return {each.media: _element(_drawn(each, definition)) for each in covered}
    except ImportError:
        return {}


def _drawn(each: Coverage, definition: Definition) -> str:
    return svg(each.media, definition=definition, taken=each.arrows, seen=each.part("states").seen)


def _element(text: str) -> str:
    """The SVG without the declarations that only a file of its own may have."""
    return text[text.index("<svg") :]
