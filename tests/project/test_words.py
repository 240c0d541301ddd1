"""Words: pages, docstrings and messages are plain, lines are short, and a class name means one thing.

- No agent is a man or a woman, and the judge is neither: in no text of the project.
- Some turns of phrase that are not English are nowhere in the library and on its pages.
- No line of a page that could be broken is longer than 120 characters. (ruff holds the code to the same.)
- Every block of code on a page is closed.
- Filling a page changes its line breaks, and nothing else; a second time it changes nothing.
- No public class name is in two modules, but for those that are listed, each with its reason.
- Every file of tests begins with what it is about.
- A `pip install` line on a page works from a clone: it names the folder, and extras that there are.
"""

import ast
import re
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import filling  # noqa: E402

KINDS = (".cfg", ".css", ".go", ".html", ".js", ".md", ".mjs", ".py", ".toml", ".yaml", ".yml")
NOT_OURS = ("node_modules", "_build", "dist", "mutants", "site-packages")


def files(*folders: str, kinds: tuple[str, ...] = KINDS) -> list[Path]:
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*"))]
    paths += [path for path in sorted(ROOT.iterdir()) if path.is_file()]
    return [path for path in paths if path.suffix in kinds and not set(NOT_OURS) & set(path.parts)]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


TEXTS = files("ixnstate", "docs", "tests", "benchmarks", "typing_tests", ".ci", ".github")
PAGES = [path for path in TEXTS if path.suffix == ".md"]

# each in two pieces, or this file would be the only one to have them
_PIECES = ("h.e", "hi.m", "hi.s", "hi.mself", "sh.e", "h.er", "h.ers", "h.erself")
PRONOUN = re.compile(rf"\b({'|'.join(_PIECES).replace('.', '')})\b", re.IGNORECASE)


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_nobody_is_a_man_or_a_woman(path):
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    assert [f"{number}: {line.strip()[:100]}" for number, line in lines if PRONOUN.search(line)] == []


def test_the_pronouns_are_seen():
    for piece in _PIECES:
        assert PRONOUN.search(f"to {piece.replace('.', '').capitalize()}, not")
    assert not PRONOUN.search("the history of this cache, where others share it")


TURNS = {
    r"(?<!there )\b(is|are) no [a-z]*(JSON|medium|agent|event|step|call|record|function|address)\b": "is not a",
    r"\b(is|are) (read|passed) over\b": "is ignored",
    r"\bof one's own\b": "custom, or your own",
    r"\b(judging|it) goes on from\b": "continues",
}


@pytest.mark.parametrize("turn", TURNS)
def test_some_turns_of_phrase_are_nowhere(turn):
    texts = [path for path in TEXTS if path.parts[len(ROOT.parts)] in ("ixnstate", "docs", "README.md")]
    places = [
        f"{name_of(path)}:{number}: {line.strip()[:100]}"
        for path in texts
        if path.name != "contributing.md"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(turn, line)
    ]
    assert places == [], f"write {TURNS[turn]!r}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_lines_of_pages_are_short(page):
    assert filling.long_lines(page.read_text(encoding="utf-8")) == [], f"run python docs/filling.py {name_of(page)}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_of_code_is_closed(page):
    """A block that is not hides the headings below it."""
    fences = re.findall(r"^ *(```+)(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    for (opening, _), (closing, language) in zip(fences[::2], fences[1::2], strict=True):
        assert (opening, language) == (closing, "")


WORD = st.sampled_from(["a", "word", "-", "#", "1.", "*", "|", "[link](page.md#here)", "`code`", "x" * 130])
LINE = st.one_of(
    st.lists(WORD, max_size=40).map(" ".join),
    st.lists(WORD, min_size=1, max_size=40).map(lambda words: "- " + " ".join(words)),
    st.sampled_from(["", "```", "| a | b |", "# Title", "<!-- begin -->", "    indented " + "word " * 30]),
)


@given(st.lists(LINE, max_size=12).map("\n".join))
@example("- " + "word " * 30 + "\n  and more\n- second")
@example("-\na " + "x" * 130)
def test_filling_changes_line_breaks_only(text):
    filled = filling.filled(text)
    assert filled.split() == text.split()
    assert filling.filled(filled) == filled
    short = max(map(len, text.split()), default=0) < 60
    assert not short or filling.long_lines(filled) == []
    kept = [line for line in text.split("\n") if line.startswith(("|", "```", "<!--"))]
    assert [line for line in filled.split("\n") if line.startswith(("|", "```", "<!--"))][: len(kept)] == kept


# Most are public names of a namespace, which users meet as `gws.Reply` and `testing.Reply`.
TWICE = {
    "Answer": "public in gws and in bayeux: what answers a request there",
    "Answered": "public: a request was carried out; in the judge a recorded reply",
    "Batch": "public in gws: messages that come together; in the judge lines that are decoded together",
    "Case": "public in testing: one thing to try; in the judge what is believed of one interaction",
    "ContentChanged": "public: an event of a draft; a change in a workbin that a client's mirror tells",
    "Coverage": "public: of a sequence, of a recording, of a run of the kit",
    "Difference": "public: between two definitions, between an implementation and the model",
    "Effect": "in the export what a `Does` does, in words; in the judge what a step does",
    "Exchange": "in bayeux messages to post and their answer; in the proxy a request that passes and its answer",
    "Fields": "the members of an object in a shape; the columns of decoded lines",
    "Finding": "public: of the judge, of the kit",
    "Instance": "of a workbin: with its content in a contact centre, as messages tell of it in the judge",
    "Known": "the causes that the kit knows; what the search for a repair knows of an interaction",
    "Mirror": "public: the mirror of a client; in the kit the shape of anybody's",
    "Message": "public in gws: what agents are sent; in bayeux what a client sends",
    "Model": "public in testing; in the judge what makes beliefs under a definition",
    "Operation": "public in gws: a recorded request; in the client one with what became of it",
    "Reply": "public: the operation, a reply of the API, a reply of a driver",
    "Report": "public: of the judge, of the kit",
    "Request": "public in gws; in the judge a pending one",
    "Row": "public in trace: one line of sorted rows; in shapes a list of so many members",
    "Seen": "public in testing: what an agent is shown; in the judge what a line shows",
    "Server": "public: what messages say of the server, and the CometD server",
    "Shown": "in the definition a row of what agents are shown; in the client what the server has shown",
    "Told": "public in testing; in the definition what a last word carries",
    "Workbins": "what is in workbins: in the judge by what agents were told, in the client by subscription",
    "Verdict": "public: on a sequence, on a case",
    "Kind": "of a parameter, of a line of a recording, of findings that are alike",
    "Place": "public in trace: where a line is; in the kit's explorer a situation",
}


def test_a_class_name_means_one_thing():
    modules = defaultdict(set)
    for path in sorted((ROOT / "ixnstate").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                modules[node.name].add(name_of(path))
    twice = {name: sorted(paths) for name, paths in modules.items() if len(paths) > 1 and name not in TWICE}
    assert twice == {}


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("*.py")), ids=name_of)
def test_every_file_of_tests_begins_with_what_it_is_about(path):
    about = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert about is not None
    assert len(about.split()) >= 5


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_a_page_installs_works_from_a_clone(page):
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for named, chosen in re.findall(
        r"pip install [^\n]*?'(\.|ixnstate)\[([\w,]+)\]'", page.read_text(encoding="utf-8")
    ):
        assert named == "."
        assert set(chosen.split(",")) <= set(extras)
