"""Junk at every option and argument of every command: a documented status, one sentence, and no file is harmed.

Laws, for each call: it ends with a status of its command's row, never with a traceback or a foreign exception; with 2
it says why; nothing that a terminal obeys is passed on; a file that is no output is as before, and an output is whole;
what is refused as a usage error has changed nothing. Every option has a row. Every find stays in `options_corpus.txt`.

`FUZZ_OPTIONS` says how many calls there are.
"""

import os
from random import Random

import click
import pytest
from fuzz import FoundError
from options_of_commands import COMMANDS, FILES, LINKS, ROOT, SIZES, attempt, corpus, drawn, folder_of, run, tree_of

from ixnstate.cli import cli

DRAWS = int(os.environ.get("FUZZ_OPTIONS", "4_000"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return folder_of(tmp_path_factory.mktemp("options"))


@pytest.fixture(scope="module")
def tree(folder):
    return tree_of(folder)


def check(folder, tree, arguments):
    """Without the report of pytest, which prints every value on the way."""
    try:
        attempt(folder, tree, arguments)
        return
    except FoundError as error:
        text = str(error)
    pytest.fail(text, pytrace=False)


def test_every_option_and_argument_has_a_row():
    rows = {(name, parameter) for name, command in COMMANDS.items() for parameter in command.parameters}
    there = {(name, parameter.name) for name, command in cli.commands.items() for parameter in command.params}
    assert rows == there
    assert {each.name for each in cli.params} - {"version"} == ROOT.parameters.keys()


def test_a_flag_takes_no_value_and_everything_else_has_a_sound_one():
    for name, command in cli.commands.items():
        for parameter in command.params:
            is_flag = isinstance(parameter, click.Option) and parameter.is_flag
            assert bool(COMMANDS[name].parameters[parameter.name]) is not is_flag, (name, parameter.name)


def test_what_a_row_says_is_written_is_a_parameter():
    for command in COMMANDS.values():
        assert command.writes <= command.parameters.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_sound_call_ends_well(name, folder, tree):
    command = cli.commands[name]
    needed = [each for each in command.params if each.required or (name, each.name) in _SOUND]
    words = []
    for each in needed:
        words += [each.opts[0]] if isinstance(each, click.Option) else []
        words.append(COMMANDS[name].parameters[each.name][0])
    assert run(folder, [name, *words]).status in (0, 1)
    attempt(folder, tree, [name, *words])


_SOUND = {("conform", "driver"), ("conform", "supports"), ("conform", "only"), ("conform", "examples"),
          ("suite", "supports"), ("suite", "kinds"), ("export", "media")}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_ends_as_its_row_says_and_harms_no_file(name, folder, tree):
    chance = Random(name)
    for _ in range(max(1, int(DRAWS / len(COMMANDS) * SIZES.get(name, 1)))):
        check(folder, tree, drawn(name, chance))


@pytest.mark.parametrize("name", [*FILES, *LINKS, "folder", "nowhere", "ocel.json", "/dev/full"])
def test_settings_of_any_content_are_used_or_refused(name, folder, tree):
    for arguments in (["validate", "good.jsonl"], ["conform", "--supports", "workitem", "--only", "nothing"]):
        check(folder, tree, ["--config", name, *arguments])


@pytest.mark.parametrize("arguments", corpus(), ids=str)
def test_what_was_found_once_is_not_found_again(arguments, folder, tree):
    check(folder, tree, arguments)
