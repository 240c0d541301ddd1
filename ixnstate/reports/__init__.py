"""A judged recording for others: as JSON, JUnit XML, SARIF or a web page; and how much of the lifecycle it shows.

Each format is a pure function from a `ixnstate.trace.Report` to text.
"""

from ixnstate.reports.coverage import Coverage, Part, Tally
from ixnstate.reports.grouping import Group, Kind, groups_of, kind_of
from ixnstate.reports.junit import as_junit
from ixnstate.reports.page import Timelines, as_html
from ixnstate.reports.painting import drawings
from ixnstate.reports.plain import as_data, as_json, json_schema
from ixnstate.reports.redacting import redacted, without_secrets
from ixnstate.reports.sarif import as_sarif
from ixnstate.reports.selecting import Baseline, Selection, baseline_of, read_baseline, selected
from ixnstate.reports.shrinking import shrink
from ixnstate.trace import CODES, Code

__all__ = [
    "CODES",
    "Baseline",
    "Code",
    "Coverage",
    "Group",
    "Kind",
    "Part",
    "Selection",
    "Tally",
    "Timelines",
    "as_data",
    "as_html",
    "as_json",
    "as_junit",
    "as_sarif",
    "baseline_of",
    "drawings",
    "groups_of",
    "json_schema",
    "kind_of",
    "read_baseline",
    "redacted",
    "selected",
    "shrink",
    "without_secrets",
]
