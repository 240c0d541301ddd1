"""One agent's notifications, several agents' together, and full traces:
requests, replies, notifications, rules over time."""

import json

import pytest
from records import PATH, ask, note, recorded_day, reply, sent

import ixnstate as ix
from ixnstate import gws
from ixnstate.recording.lines import Line, Place
from ixnstate.space import exemplary
from ixnstate.trace import Judge, Rule, Where, invitation, read_rule, report
from ixnstate.trace.belief import MAX_CANDIDATES
from ixnstate.trace.candidate import Candidate
from ixnstate.trace.forms import deciding
from ixnstate.trace.inference import MAX_SITUATIONS, Model
from ixnstate.trace.steps import Steps
from ixnstate.views import documented
from ixnstate.vocabulary import Evidence


def judged(*values, **options):
    """What the judge reports of these values, a line each."""
    judge = Judge(**options)
    found = [
        each
        for number, value in enumerate(values, 1)
        for each in judge.take(Line(Place("-", number), json.dumps(value), value))
    ]
    return report(judge, [*found, *judge.finish()])


def codes(found):
    assert not found.unreadable, found.unreadable
    return [(finding.code, finding.place.line) for finding in found.findings]


# === notifications alone ============================================================================================


def test_repeats_and_gaps_of_one_agent_are_counted():
    found = judged(note("Invited"), note("Invited"), note("Processing"), note("InWorkbin"), note("Invited"))
    assert codes(found) == []
    assert (found.repeats, found.gaps) == (1, 1)


def test_gaps_are_limited():
    seen = note("InWorkbin"), note("Invited")
    assert codes(judged(*seen, gaps=0)) == [("IXN201", 2)]
    found = judged(*seen, gaps=1)
    assert (codes(found), found.gaps) == ([], 1)


@pytest.mark.parametrize("gaps", [None, 0, 1, 2])
def test_whatever_is_shown_first_may_be_so(gaps):
    origins = Model(ix.GWS, gaps).origins
    for media, lifecycle in ix.GWS.media.items():
        for word in (*lifecycle.states, ix.State.REVOKED, "ItemAdded", "ItemRemoved"):
            assert list(origins.seen(media, word, "@0")), (media, word)


def test_a_gap_while_the_agent_has_it_must_be_allowed():
    seen = note("Invited"), note("InWorkbin")
    assert codes(judged(*seen)) == [("IXN201", 2)]
    found = judged(*seen, gaps=1)
    assert (codes(found), found.gaps) == ([], 1)


def test_views_of_several_agents_must_fit_one_record():
    legal = note("Invited", "a1"), note("Completed", "a1"), note("Invited", "a2"), note("Processing", "a2")
    assert codes(judged(*legal)) == []
    assert codes(judged(note("Processing", "a1"), note("Chatting", "a2"))) == [("IXN201", 2)]


def test_a_last_word_may_come_after_others_have_been_told():
    """a3's invitation ran out before a6 was invited; a6's own last word came before both."""
    seen = (
        note("Invited", "a6"), note("Processing", "a6"), note("Invited", "a3"), note("Completed", "a6"),
        note("Invited", "a6"), note("Revoked", "a3"),
    )  # fmt: skip
    assert codes(judged(*seen)) == []


def test_a_late_word_may_tell_what_happened_before_the_recording_began():
    seen = reply(19, "a3"), note("Invited", "a4"), note("Completed", "a3", number=19)
    assert codes(judged(*seen)) == []


def test_an_item_lies_where_it_was_last_said_to_have_come():
    """Others may have moved it meanwhile: only a1's requests are recorded."""

    def change(action, workbin, **more):
        item = {"id": "W1", "capabilities": []}
        return {
            "agent": "a1", "messageType": "WorkbinStateChangeMessage", "action": action, "id": workbin,
            "workitemStateResourceV2": item, **more,
        }  # fmt: skip

    def pull(workbin, number):
        path = f"/api/v2/me/workbins/{workbin}"
        return [ask("PullWorkitem", path=path, id="W1"), reply(number), note("Processing", number=number)]

    put = [note("Processing"), ask("AddWorkitem", path="/api/v2/me/workbins/team", id="W1"), reply(1)]
    lies = [*put, note("InWorkbin", number=1), change("ItemAdded", "room")]
    assert codes(judged(*lies, *pull("room", 2))) == []


@pytest.mark.parametrize("back", ["LeftChat", "Chatting"])
def test_a_session_comes_back_as_another_agent_has_left_it(back):
    """Only a1's requests are recorded: whoever had it meanwhile, the customer may have left."""
    mine = [
        note("Invited", media="chat"),
        ask("Accept", path="/api/v2/me/chats/W1"),
        reply(1),
        note("Chatting", media="chat", number=1),
    ]
    again = [
        note("Invited", media="chat"),
        ask("Accept", path="/api/v2/me/chats/W1"),
        reply(2),
        note(back, media="chat", number=2),
    ]
    assert codes(judged(*mine, note("Revoked", media="chat"), *again)) == []
    path = "/api/v2/me/workbins/room"
    pulled = [ask("PullChat", path=path, id="W1", nickname="Al"), note(back, media="chat", number=2), reply(2)]
    assert codes(judged(*mine[:1], note("Revoked", media="chat"), *pulled)) == []


@pytest.mark.parametrize("code", [0, 5])
@pytest.mark.parametrize(
    ("asked", "body"),
    [
        ("AttachUserData", {"userData": {"key": 1}}),
        ("Invite", {"targetUri": "/users/a4"}),
        ("SendStartTypingNotification", {}),
    ],
)
def test_who_is_refused_takes_no_part(asked, body, code):
    """A session was under way, perhaps with others:
    who asks for something there is one of them, unless they are refused."""
    path, judge = "/api/v2/me/chats/W1", Judge()
    lines = [
        note("Chatting", media="chat"),
        ask(asked, agent="a2", path=path, **body),
        reply(agent="a2", code=code),
    ]
    for number, value in enumerate(lines, 1):
        assert not list(judge.take(Line(Place("-", number), json.dumps(value), value)))
    case = judge.cases.get("W1")
    agent = f"@{case.roles.index('a2')}" if "a2" in case.roles else "a2"
    holders = [candidate.record.holders for candidate in case.belief.candidates]
    assert all((agent in each) is (code == 0) for each in holders)


@pytest.mark.parametrize("askers", [1, 2])
def test_who_takes_part_may_go_unseen(askers):
    """That another agent has gone shows a1 the same state once more; it may be transferred to that agent then."""
    path, company = "/api/v2/me/chats/W1", note("Chatting", media="chat")
    company["body"]["notificationType"] = "ParticipantsUpdated"
    lines = [
        ask("Ready", agent="a3", path="/api/v2/me"),
        note("Invited", media="chat"),
        ask("Accept", path=path, nickname="Al"),
        reply(1),
        note("Chatting", media="chat", number=1),
        ask("Consult", path=path, targetUri="/users/a2"),
        reply(2),
        company,
        company,
        ask("Transfer", path=path, targetUri="/users/a2"),
        note("Completed", media="chat", number=3),
        reply(3),
    ]
    assert codes(judged(*lines[2 - askers :])) == []


def test_a_request_may_be_refused_however_much_is_possible():
    """Of more worlds than are kept, some stay in which a waiting request has been carried out,
    and some in which not."""
    many = [
        ix.Interaction(id="an interaction", media="chat", state="Chatting", holders=(f"@{n}",))
        for n in range(3 * MAX_CANDIDATES)
    ]
    sets = [frozenset({0, 1}), frozenset({0}), frozenset({1}), frozenset()]
    kept = (
        Model(ix.GWS).belief((Candidate(each, done=done) for done in sets for each in many), requested=True).candidates
    )
    assert len(kept) == MAX_CANDIDATES
    assert [each.done for each in kept] == [done for done in sets for _ in range(MAX_CANDIDATES // 4)]
    assert [each.record for each in kept[: MAX_CANDIDATES // 4]] == many[: MAX_CANDIDATES // 4]


def test_what_others_may_have_done_unseen_is_not_looked_for_without_end(monkeypatch):
    """Whoever may come and go in a session, in whatever order: a message that none of it shows is undetermined."""
    looked, steps = [], Steps.unobserved
    monkeypatch.setattr(
        Steps, "unobserved", lambda self, each, *args, **how: looked.append(each) or steps(self, each, *args, **how)
    )
    pulled = ask("PullInteraction", "a2", path="/api/v2/me/workbins/own", id="W1")
    found = judged(ask("Leave", path="/api/v2/me/twitter/W2"), note("Invited", media="chat"), pulled,
                   note("Completed", media="chat", number=1))  # fmt: skip
    assert ("IXN201", 4) not in codes(found)
    assert found.undetermined
    assert len(looked) < 2 * MAX_SITUATIONS


@pytest.mark.parametrize("is_late", [True, False])
def test_what_others_do_unseen_comes_before_what_one_does(is_late):
    """Only a1's requests are recorded:
    another has taken the item out of a workbin, and put it into the one it is pulled from."""
    room, team = "/api/v2/me/workbins/room", "/api/v2/me/workbins/team"
    put = [note("Processing"), ask("AddWorkitem", path=room, id="W1"), note("InWorkbin", number=1), reply(1)]
    pulled = [note("Processing", number=2), reply(2)]
    found = judged(*put, ask("PullWorkitem", path=team, id="W1"), *(pulled[::-1] if is_late else pulled))
    assert codes(found) == []


def test_a_draft_that_was_given_away_may_be_put_into_a_workbin():
    draft = "/api/v2/me/emails/W1"
    given = [ask("Transfer", path=draft, targetUri="/users/a2"), reply(), note("Composing", media="email", number=3)]
    pull = ask("PullEmail", path="/api/v2/me/workbins/team", id="W1")
    found = judged(note("Composing", media="email"), *given, pull, note("Composing", media="email", number=4), reply(4))
    assert codes(found) == []


@pytest.mark.parametrize("media", ["workitem", "email", "chat"])
def test_what_is_shown_first_may_have_come_out_of_a_workbin(media):
    """Those who have subscribed to the workbin are told later."""
    name = ix.GWS.media[media].active
    shown = note(name, media=media)["body"]
    taken = {"messageType": "WorkbinStateChangeMessage", "action": "ItemRemoved", "id": "team"}
    item = {"id": "W1", "capabilities": []}
    key = {"workitem": "workitemStateResourceV2", "email": "emailStateResourceV2", "chat": "chatStateResourceV2"}[media]
    assert codes(judged(shown, {**taken, key: item})) == []


def test_a_draft_that_was_given_away_may_come_back():
    """Its giver was shown it as before, and whoever has it then may put it into a queue unseen."""
    composing, invited = (note(state, media="email")["body"] for state in ("Composing", "Invited"))
    assert codes(judged(composing, composing, invited)) == []


def test_a_draft_that_was_given_back_is_worked_on():
    """Only a1's requests are recorded. That a1 has it again shows a1 the same state, without a number."""
    draft = "/api/v2/me/emails/W1"
    given = [ask("Transfer", path=draft, targetUri="/users/a2"), reply(1), note("Composing", media="email", number=1)]
    found = judged(
        note("Composing", media="email"), *given, note("Composing", media="email"),
        ask("SetDisposition", path=draft, disposition="ok"), reply(2), note("Composing", media="email", number=2),
    )  # fmt: skip
    assert codes(found) == []


def test_what_has_a_number_is_done_by_ones_own_request():
    """a3 may have given a1 the draft; but the number says that a1 has pulled it, so somebody had put it away."""
    draft, team = "/api/v2/me/emails/W1", "/api/v2/me/workbins/team"
    given = [
        ask("Transfer", "a2", path=draft, targetUri="/users/a3"),
        reply(1, "a2"),
        note("Composing", "a2", media="email", number=1),
    ]
    pulled = [ask("PullEmail", path=team, id="W1"), note("Composing", media="email", number=4), reply(4)]
    assert codes(judged(note("Composing", "a2", media="email"), *given, *pulled)) == []


def test_what_was_refused_and_shown_by_a_workbin_is_found():
    told = {
        "agent": "a1", "messageType": "WorkbinStateChangeMessage", "action": "ItemAdded", "id": "own", "referenceId": 7,
        "workitemStateResourceV2": {"id": "W1", "capabilities": []},
    }  # fmt: skip
    asked = (
        ask("AddWorkitem", path="/api/v2/me/workbins/own", id="W1"),
        ask("SetInFocus", "a2", path="/api/v2/me/workitems/W2"),
    )
    found = judged(note("Processing"), *asked, told, reply(code=5))
    assert codes(found) == [("IXN112", 5)]
    assert "yet a notification shows state InWorkbin" in found.findings[0].what


def test_requests_are_judged_without_any_messages():
    """Who was never sent a message is not waited for: their recording has none."""
    path = "/api/v2/me/workitems/W1"
    assert (
        codes(
            judged(
                ask("PlaceInQueue", path=path, queueName="Out"),
                reply(1),
                ask("Accept", "a2", path=path),
                reply(1, "a2"),
            )
        )
        == []
    )
    found = judged(ask("Complete", path=path), reply(1), ask("Accept", "a2", path=path), reply(1, "a2"))
    assert codes(found) == [("IXN101", 3)]


def test_the_report_names_the_generation_of_lists():
    def chat(name):
        names = documented("chat", "Chatting")[name]
        return {
            "messageType": "ChatStateChangeMessage",
            "chat": {"id": "C1", "state": "Chatting", "capabilities": names},
        }

    found = judged(chat("chatting-7"), chat("chatting-7"), chat("chatting-15"))
    assert codes(found) == []
    assert found.generations == {"2014": 2}
    assert found.lists == {"chat/chatting-7": 2, "chat/chatting-15": 1}


# === requests, replies, notifications ===============================================================================

OPENED = (note("Invited"), ask("Accept", seq=2), reply(7), note("Processing", number=7))


def test_a_full_trace():
    assert codes(judged(*OPENED, ask("Complete"), reply(8), note("Completed", number=8))) == []


def test_the_notification_may_come_before_the_reply():
    assert codes(judged(OPENED[0], OPENED[1], OPENED[3], OPENED[2])) == []
    assert codes(judged(*OPENED, ask("Complete"), note("Completed", number=8), reply(8))) == []


def test_a_request_that_is_rightly_refused_is_no_finding():
    found = judged(*OPENED, ask("Reject"), reply(code=2), ask("Complete"), reply(8), note("Completed", number=8))
    assert codes(found) == []


def test_an_illegal_request_that_is_done_is_one_finding():
    assert codes(judged(*OPENED, ask("Reject"), reply(8))) == [("IXN101", 5)]


def test_an_illegal_request_whose_reply_is_not_recorded():
    assert codes(judged(note("Invited"), note("Processing"), ask("Reject"))) == [("IXN101", 3)]


def test_an_illegal_request_at_the_end_may_still_be_refused():
    found = judged(*OPENED, ask("Reject"))
    assert (codes(found), found.undetermined) == ([], 1)


def test_a_refused_operation_changes_nothing():
    begun = (*OPENED, ask("Complete"))
    assert codes(judged(*begun, reply(code=5), note("Processing"))) == []
    assert codes(judged(*begun, reply(code=5), note("Completed"))) == [("IXN112", 7)]
    assert codes(judged(*begun, note("Completed"), reply(code=5))) == [("IXN112", 7)]
    assert (
        codes(judged(*begun, note("Processing"), reply(code=5), ask("Complete"), reply(9), note("Completed", number=9)))
        == []
    )


def test_a_reply_without_its_notification():
    more = ask("Complete"), reply(8)
    path = "/api/v2/me/workitems/W2"
    others = [
        note("Invited", interaction="W2"),
        ask("Accept", path=path),
        reply(9),
        note("Processing", interaction="W2", number=9),
    ]
    found = judged(*OPENED, *more, *others)
    assert codes(found) == [("IXN111", 6)]
    assert found.findings[0].interaction == "W1"


def test_a_recording_that_ends_early_leaves_it_open():
    found = judged(*OPENED, ask("Complete"), reply(8))
    assert (codes(found), found.undetermined) == ([], 1)


def test_a_notification_without_its_cause():
    assert codes(judged(*OPENED, note("Processing", number=99))) == [("IXN113", 5)]
    assert codes(judged(*OPENED, ask("SetInFocus"), note("Processing", number=99), reply(8))) == [("IXN113", 6)]


def test_a_notification_that_answers_another_request():
    other = note("Invited", interaction="W2")
    found = judged(*OPENED, other, note("Revoked", interaction="W2", number=7))
    assert codes(found) == [("IXN113", 6)]


def test_what_was_asked_before_the_recording_began_is_left_open():
    found = judged(*OPENED, note("Processing", number=3))
    assert (codes(found), found.undetermined) == ([], 1)


def test_a_reply_names_its_request():
    begun = (*OPENED, ask("Reject", seq=20), ask("Complete", seq=21))
    found = judged(*begun, reply(8, answers=21), reply(code=2, answers=20), note("Completed", number=8))
    assert codes(found) == []
    assert codes(judged(*begun, reply(8, answers=20), reply(9, answers=21), note("Completed", number=9))) == [
        ("IXN101", 5)
    ]


def test_what_the_library_does_is_a_legal_full_trace():
    center = ix.ContactCenter(agents=[ix.Agent("a1"), ix.Agent("a2")], queues=["In"])
    lines = []
    for media in ("workitem", "chat", "email"):
        item = f"X-{media}"
        center.submit(media=media, queue="In", id=item)
        outcome = center.offer(item, agent="a1")
        lines += [sent(each) for each in gws.notifications(outcome)]
        for operation in ("Accept", "SetInFocus" if media == "workitem" else "Complete", "Complete"):
            named = {"nickname": "Al"} if (media, operation) == ("chat", "Accept") else {}
            body = {"operationName": operation, **named}
            request = gws.Request("POST", f"/api/v2/me/{media}s/{item}", body, user="a1")
            done = gws.handle(center, request)
            lines.append(
                {
                    "seq": 1,
                    "agent": "a1",
                    "kind": "request",
                    "method": "POST",
                    "path": request.path,
                    "body": request.body,
                }
            )
            lines.append({"seq": 2, "agent": "a1", "kind": "response", "status": done.http_status, "body": done.body})
            lines += [sent(each) for each in done.notifications]
    found = judged(*lines)
    assert codes(found) == []
    assert found.operations == 9


# === what a finding says ============================================================================================


def test_evidence_source_and_repair():
    (finding,) = judged(
        note("Invited"), {"agent": "a1", "interaction": "W1", "body": {"operationName": "Complete"}}
    ).findings
    assert (finding.evidence, finding.source.page) == (Evidence.DOCUMENTED, "WorkitemComplete")
    assert (finding.expected, finding.repair) == (("Accept", "Reject"), "insert Accept before this line")
    assert finding.severity == "error"


def test_a_finding_that_rests_on_an_inferred_edge_says_so():
    given = {"interaction": "W1", "media": "workitem", "state": "Processing", "agent": "a1"}
    transfer = {"agent": "a1", "interaction": "W1", "body": {"operationName": "Transfer", "userId": "a2"}}
    found = judged(given, transfer, note("InWorkbin", "a1"))
    (finding,) = found.findings
    assert (finding.evidence, finding.severity) == (Evidence.INFERRED, "warning")
    assert "Transfer" in str(finding.source)


def test_capabilities_are_repaired_by_the_documented_list():
    message = {
        "messageType": "WorkitemStateChangeMessage",
        "workitem": {"id": "W1", "state": "Invited", "capabilities": ["Accept"]},
    }
    (finding,) = judged(message).findings
    assert (finding.expected, finding.repair) == (("Accept", "Reject"), "replace its capabilities by [Accept, Reject]")
    assert finding.source is not None


# === rules over time ================================================================================================


def test_an_invitation_ends_within_its_time():
    assert codes(judged(note("Invited", ts=100), note("Processing", ts=120))) == []
    assert codes(judged(note("Invited", ts=100), note("Revoked", ts=131))) == []
    assert codes(judged(note("Invited", ts=100), note("Revoked", ts=139))) == []  # told late
    found = judged(note("Invited", ts=100), note("Processing", ts=190))
    assert codes(found) == [("IXN301", 1)]
    assert found.rules[0].violated == 1


def test_an_invitation_that_never_ends():
    later = note("Invited", ts=500, interaction="W2")
    found = judged(note("Invited", ts=100), later)
    assert codes(found) == [("IXN301", 1)]
    assert (found.rules[0].violated, found.rules[0].inconclusive) == (1, 1)
    assert codes(judged(note("Invited", ts=100), later, rules=[invitation(600)])) == []
    assert codes(judged(note("Invited", ts=100), later, rules=[])) == []


def test_without_times_a_rule_with_a_duration_is_inconclusive():
    found = judged(note("Invited"))
    assert (codes(found), found.rules[0].inconclusive) == ([], 1)


@pytest.mark.parametrize(
    ("rule", "lines", "found", "counts"),
    [
        ({"says": "never", "then": {"states": ["InWorkbin"]}}, ["Processing", "InWorkbin"], [("IXN302", 2)], (1, 1, 0)),
        ({"says": "always", "then": {"media": ["workitem"]}}, ["Processing", "InWorkbin"], [], (2, 0, 0)),
        ({"says": "always", "then": {"states": ["Invited"]}}, ["Invited", "Processing"], [("IXN302", 2)], (1, 1, 0)),
        ({"says": "eventually", "after": {"states": ["Invited"]}, "then": {"states": ["Completed"]}},
         ["Invited", "Processing", "Completed"], [], (1, 0, 0)),
        ({"says": "eventually", "after": {"states": ["Invited"]}, "then": {"states": ["Completed"]}},
         ["Invited", "Processing"], [], (0, 0, 1)),
        ({"says": "until", "after": {"states": ["Invited"]}, "then": {"states": ["Invited"]},
         "end": {"states": ["Processing"]}},
         ["Invited", "Invited", "Processing"], [], (1, 0, 0)),
        ({"says": "until", "after": {"states": ["Invited"]}, "then": {"states": ["Invited"]},
         "end": {"states": ["Processing"]}},
         ["Invited", "Completed"], [("IXN302", 2)], (0, 1, 0)),
        ({"says": "eventually", "after": {"states": ["Processing"]}, "then": {"states": ["Completed"]}, "within": 60},
         ["Processing", "Completed"], [("IXN302", 1)], (0, 1, 0)),
    ],
    ids=str,
)  # fmt: skip
def test_rules_of_ones_own(rule, lines, found, counts):
    rule = read_rule({"name": "mine", **rule})
    seen = judged(*(note(state, ts=100 + 100 * n) for n, state in enumerate(lines)), rules=[rule])
    assert codes(seen) == found
    assert (seen.rules[0].satisfied, seen.rules[0].violated, seen.rules[0].inconclusive) == counts


def stands(state, ts=None, agent="a1"):
    return {"interaction": "W1", "media": "workitem", "state": state, "agent": agent, "ts": ts}


def test_a_state_that_a_line_tells_is_a_moment():
    """The short form of a state begins what rules wait for, and ends it, as a notification does."""
    late = judged(stands("Invited", 100), note("Processing", ts=190))
    assert codes(late) == [("IXN301", 1)]
    assert late.findings[0].agent == "a1"
    assert codes(judged(stands("Invited", 100), stands("Processing", 190))) == [("IXN301", 1)]
    found = judged(note("Invited", ts=100), stands("Processing", 120))
    assert (codes(found), found.rules[0].satisfied) == ([], 1)
    never = read_rule({"name": "mine", "says": "never", "then": {"states": ["InWorkbin"]}})
    assert codes(judged(stands("Queued", agent=None), stands("InWorkbin", agent=None), rules=[never])) == [
        ("IXN302", 2)
    ]


def test_a_state_that_cannot_be_is_no_moment():
    found = judged(note("Invited", ts=100), stands("Chatting", 110), stands("Waiting", 110), note("Processing", ts=190))
    assert len(found.unreadable) == 2
    assert [finding.code for finding in found.findings] == ["IXN301"]


def test_a_rule_may_name_operations_and_agents():
    rule = Rule("a1 never transfers", "never", Where(operations=("Transfer",), agents=("a1",)))
    lines = (*OPENED, ask("Transfer", userId="a2"), reply(8), note("Completed", number=8))
    assert codes(judged(*lines, rules=[rule])) == [("IXN302", 5)]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"name": "x"}, "a rule has name, says and then"),
        ({"name": "x", "says": "sometimes", "then": {}}, "it says one of always, never"),
        ({"name": "x", "says": "never", "then": {"states": ["Waiting"]}}, "no such state as Waiting"),
        ({"name": "x", "says": "never", "then": {"states": "Queued"}}, "states: a list of names"),
        ({"name": "x", "says": "never", "then": {"color": []}}, "moments are told by"),
        ({"name": "x", "says": "never", "then": {}, "within": -1}, "within: a number of seconds"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_rule_is_named(value, problem):
    with pytest.raises(ValueError, match=problem):
        read_rule(value)


# === a whole centre =================================================================================================


@pytest.mark.parametrize("seed", range(8))
def test_what_a_centre_does_is_legal_whatever_is_asked_of_it(seed):
    lines = recorded_day(seed)
    found = judged(*lines)
    assert codes(found) == []
    statuses = [line["body"].get("statusCode", 0) for line in lines if line["kind"] == "response" and line["body"]]
    assert statuses.count(0) > 40
    assert len(statuses) - statuses.count(0) > 40


@pytest.mark.parametrize("seed", range(8))
def test_a_refusal_that_hides_what_was_done_is_found(seed):
    """One reply of a day, to a request that ended an interaction, is turned into a refusal."""
    lines = recorded_day(seed)
    done = [
        number
        for number, line in enumerate(lines[1:], 1)
        if line["kind"] == "response" and line["body"] == {**(line["body"] or {}), "statusCode": 0}
        and lines[number - 1].get("body",
            {}).get("operationName") == "Complete" and "workitems" in lines[number - 1]["path"]
    ]  # fmt: skip
    for number in done[:1]:
        lines[number] = {**lines[number], "body": {"statusCode": 5, "statusMessage": "no"}}
        assert {code for code, _ in codes(judged(*lines))} & {"IXN201", "IXN112", "IXN113"}


def test_a_message_for_another_agent_is_named():
    lines = [
        note("Invited"), ask("Accept"), reply(3), note("Processing", "a2", number=3), ask("Complete"), reply(4),
        note("Completed", number=4),
    ]  # fmt: skip
    others = [ask("Accept", "a2", path="/api/v2/me/workitems/W9"), reply(agent="a2", code=2)]
    (finding,) = judged(note("Invited", "a3", interaction="W9"), *others, *lines).findings
    assert (finding.code, finding.place.line, finding.what) == ("IXN201", 7, "a notification answers request 3 of a1")
    assert (finding.why, finding.right) == ("it was delivered to a2", "deliver it to a1")


@pytest.mark.parametrize("media", ix.GWS.media)
def test_a_request_in_flight_is_legal_where_the_one_that_stands_for_it_is(media):
    """Of operations that do the same one stands for all: it is refused where they are, and only there."""
    model, compared = Judge().knowledge.model, 0
    for record in {each.record for each in model.origins.unseen(media)}:
        for edge in ix.GWS.edges(media):
            if edge.source is record.state and edge.operation in ix.GWS.media[media].operations:
                command = deciding(exemplary(record, edge))
                other = model.forms.canonical(command, media)
                done, as_other = model.steps.perform(record, command), model.steps.perform(record, other)
                assert isinstance(done, ix.Refusal) == isinstance(as_other, ix.Refusal), (command, other)
                compared += command != other
    assert compared


# === what could not be read ===========================================================================================

HELD = [note("Invited"), ask("Accept"), note("Processing", number=1), reply(1, path=PATH)]


def findings(*values):
    return [(finding.code, finding.place.line) for finding in judged(*values).findings]


def test_an_end_is_certain_only_once_its_agent_has_been_shown_it():
    """The first reply may be to the request that could not be read, which has put the item into a queue."""
    unread = {"agent": "a1", "kind": "request", "method": "POST", "path": PATH}
    replies = [reply(2, path=PATH), reply(code=2, path=PATH)]
    assert findings(*HELD, unread, ask("Complete"), *replies, note("Invited", agent="a2")) == []
    ended = [note("Completed", number=2), note("Invited", agent="a2")]
    assert findings(*HELD, unread, ask("Complete"), *replies, *ended) == [("IXN201", 10)]


def test_whoever_is_recorded_may_have_asked_for_what_could_not_be_read():
    """A subscriber is told of it first, which anybody else may have done."""
    path = "/api/v2/me/workbins/team?agentGroup=G0"
    put = [ask("AddWorkitem", path=path, id="W1"), note("InWorkbin", number=2), reply(2, path=path)]
    busy = [ask("SetInFocus", agent="a2", path=PATH.replace("W1", "W2")), reply(agent="a2", code=2)]
    unread = ask(5, agent="a2", path=path, id="W1")
    item = {"id": "W1", "capabilities": []}
    told = {"messageType": "WorkbinStateChangeMessage", "action": "ItemRemoved", "id": "team", "agentGroup": "G0"}
    removed = {"agent": "a3", **told, "workitemStateResourceV2": item}
    values = [*HELD, *put, *busy, unread, removed, note("Processing", agent="a2", number=1)]
    assert findings(*values) == []
