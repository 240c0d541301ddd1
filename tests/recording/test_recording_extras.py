"""What is installed decides nothing: the same report with and without each extra."""

import gzip
import json
import subprocess
import sys

import pytest
from hars import FAULT, plain, records

_VALIDATE = """
import json, sys
for name in sys.argv[1].split():
    sys.modules[name] = None
from ixnstate.trace import validate
def said(path):
    report = validate(path)
    yield [(each.code, each.place.line, each.what) for each in report.findings]
    yield [(each.place.line, each.count) for each in report.unreadable]
    yield report.operations, report.notifications, report.interactions
    yield report.undetermined, report.repeats, report.gaps
    yield [(each.why, each.count) for each in report.unrecorded]
print(json.dumps(["\\n".join(map(str, said(path))) for path in sys.argv[2:]]))
"""

HIDDEN = (
    "",
    "orjson",
    "msgspec",
    "orjson msgspec",
    "zstandard",
    "duckdb",
    "orjson msgspec zstandard duckdb click rich",
)


def said(paths, hidden):
    """What a process from which some packages are hidden says of each file."""
    done = subprocess.run(
        [sys.executable, "-c", _VALIDATE, hidden, *map(str, paths)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


LINES = "".join(json.dumps(line) + "\n" for line in records(FAULT))
STATE = (
    '{"agent": "a1", "messageType": "WorkitemStateChangeMessage", "workitem": {"id": "W9", "state": "Invited", '
    '"userData": %s}}\n'
)
TEXT = (
    '{"agent": "a1", "channel": "/v2/me/chats", "data": {"messageType": "MessageLogUpdated", "notificationType": '
    '"NewMessages", "chatUri": "x", "messages": [{"text": %s}]}}\n'
)
ODD = {
    "half of an emoji": TEXT % '"thanks \\ud83d"' + STATE % '{"x": "\\udc00"}',
    "half of an emoji in an id": STATE.replace("W9", "W\\ud83d") % "{}",
    "a number of 30 digits": (
        '{"agent": "a1", "seq": 123456789012345678901234567890, "kind": "meta"}\n' + STATE % '{"x": '
        '123456789012345678901234567890}'
    ),
    "a number of 5,000 digits": STATE % f'{{"x": {"9" * 5000}}}' + f'{{"ts": {"9" * 400}, "agent": "a1"}}\n',
    "a status of 30 digits": (
        '{"seq": 900, "agent": "a1", "kind": "response", "status": 100000000000000000000000000000, "body": {}}\n'
    ),
    "no numbers": STATE % '{"x": NaN}' + '{"ts": Infinity}\n' + STATE % '{"x": 1e999}',
    "a key that is there twice": (
        '{"agent": "a1", "agent": "a2", "messageType": "WorkitemStateChangeMessage", "workitem": {"id": "W9", '
        '"state": "Invited", "state": "Processing"}}\n'
    ),
    "nested deeply": f'{{"agent": "a1", "x": {"[" * 600}{"]" * 600}}}\n',
    "nested too deeply": f'{{"agent": "a1", "x": {"[" * 5000}{"]" * 5000}}}\n',
}  # fmt: skip


PLACES = ("first", "last")


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """By what is hidden: what is said of each odd line, before the others and after them."""
    folder = tmp_path_factory.mktemp("odd")
    paths = {(case, at): folder / f"{case}, {at}.jsonl" for case in ODD for at in PLACES}
    for (case, at), path in paths.items():
        path.write_text(ODD[case] + LINES if at == "first" else LINES + ODD[case])
    return {hidden: dict(zip(paths, said(paths.values(), hidden), strict=True)) for hidden in HIDDEN[:4]}


@pytest.mark.parametrize("case", ODD)
@pytest.mark.parametrize("at", PLACES)
def test_the_verdict_does_not_depend_on_what_is_installed(case, at, verdicts):
    expected = verdicts[""][case, at]
    assert "IXN101" in expected
    for hidden in HIDDEN[1:4]:
        assert verdicts[hidden][case, at] == expected, hidden


@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_har_file_and_a_compressed_one(hidden, tmp_path):
    path = tmp_path / "session.har.gz"
    path.write_bytes(gzip.compress(json.dumps(plain(FAULT)).encode()))
    (found,) = said([path], hidden)
    assert found.startswith("[('IXN101', 1,")
