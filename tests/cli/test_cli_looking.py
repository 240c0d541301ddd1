"""Laws of the commands that look a medium up:

- ``table`` shows each state of a medium, and each edge of the definition in its row: the operation, and where it leads;
- ``explain`` says that an operation is legal where the definition has an edge for it, and ends with 0; elsewhere it
  ends with 1, and gives the reason;
- ``path`` prints operations that lead from one state to the other; where none do, it says so and ends with 1;
- ``diff`` names each field in which two parts differ, with both values.
"""

import re

import pytest
from click.testing import CliRunner

import ixnstate as ix
from ixnstate.cli import cli

MEDIA = tuple(ix.GWS.media)


def invoke(*arguments):
    found = CliRunner().invoke(cli, [str(each) for each in arguments], env={"COLUMNS": "200"})
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exc_info
    return found


@pytest.mark.parametrize("media", MEDIA)
def test_the_table_shows_each_state_and_each_edge(media):
    state, shown = None, []
    for line in invoke("table", media).output.splitlines():
        if row := re.match(r"  (\w+) +(?:-> ([^,]*?)(?:, told .*?)?)?(?:  .*)?$", line):
            shown.append((state, row[1], row[2] and row[2].strip().split(" or ")))
        elif line:
            state = line.removesuffix(" (final: nothing leaves it)")
    edges = [
        (edge.source, edge.operation, None if edge.target is edge.source else [*ix.GWS.targets(media, edge)])
        for edge in ix.GWS.edges(media)
    ]
    order = [str(each) for each in ix.GWS.medium(media).states]
    assert shown == sorted(edges, key=lambda edge: order.index(edge[0]))


@pytest.mark.parametrize("state", ix.GWS.medium("workitem").states)
@pytest.mark.parametrize("operation", ["Accept", "Complete", "Create", "Leave"])
def test_explain_says_whether_an_operation_is_legal_and_why_not(state, operation):
    found = invoke("explain", "workitem", state, operation)
    words = found.output
    if any((edge.source, edge.operation) == (state, operation) for edge in ix.GWS.edges("workitem")):
        assert f"{operation} is legal for a workitem in state {state}:" in words
        assert found.exit_code == 0
        return
    assert f"{operation} is not legal for a workitem in state {state}\n" in words
    assert found.exit_code == 1
    if operation == "Create":
        assert "brings a new interaction into being" in words
    elif operation == "Leave":
        assert "a workitem has no such operation" in words
    elif state.is_final:
        assert "the state is final: nothing leaves it" in words
    else:
        assert "it is after: " in words


def test_explain_says_that_no_way_leads_to_an_operation():
    found = invoke("explain", "chat", "LeftChat", "Invite")
    assert "no sequence of operations leads from here to a state in which it is\n" in found.output
    assert found.exit_code == 1


@pytest.mark.parametrize("media", MEDIA)
def test_a_path_leads_to_its_goal_or_is_said_not_to_be(media):
    found = invoke("path", media, "Invited", "Completed")
    assert tuple(found.output.split()) == ix.shortest_path(media, "Invited", "Completed")
    nowhere = invoke("path", media, "Completed", "Invited")
    assert (nowhere.exit_code, nowhere.output) == (
        1,
        "no sequence of operations leads from Completed to Invited\n",
    )


def test_diff_names_each_field_that_differs_with_both_values(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fewer.py").write_text(
        "import ixnstate as ix\nFEWER = ix.GWS.with_capabilities('workitem', 'Processing', ('Complete',))\n"
    )
    found = invoke("diff", "ixnstate:GWS", "fewer:FEWER")
    assert found.exit_code == 1
    assert found.output.splitlines() == [
        "workitem",
        "~ the holder's view in Processing False (): capabilities processing -> workitem-processing",
        "+ the list workitem-processing",
    ]
    assert invoke("diff", "fewer:FEWER", "fewer:FEWER").exit_code == 0
