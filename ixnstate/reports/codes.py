"""The codes of findings for whoever reads a report: what one means, and the page about all of them."""

from ixnstate.trace import CODES, Code


def described(code: str) -> Code:
    """What ``code`` means; a code that is not in `CODES` gets a description that says so."""
    return CODES.get(code) or Code(code, "a finding", "This version has no description of the code.", (), "")


def table() -> str:
    """The page about all codes, in Markdown."""
    return "\n\n".join(("\n".join(_rows()), *(_section(each) for each in CODES.values())))


def _rows() -> tuple[str, ...]:
    rows = (f"| [{each.code}](#{each.code.lower()}) | {each.title} | {each.level} |" for each in CODES.values())
    return ("| Code | Meaning | Severity |", "|---|---|---|", *rows)


def _section(code: Code) -> str:
    lines = "\n".join(("```json", *code.example, "```"))
    example = f"{lines}\n\n{code.faulty.capitalize()} is at fault.\n\n" if code.example else ""
    return f"## {code.code}\n\n**{code.title.capitalize()}.** {code.meaning}\n\n{example}**What to do.** {code.remedy}"
