"""Which request is to blame for a line that does not fit, so that one fault is one finding.

A server that carries out what it must refuse, refuses what it carries out, or says that it was done and does nothing,
shows it by a later line. The finding is about the request or its reply then, not about that line.
"""

from typing import NamedTuple

from ixnstate.recording.records import Recorded
from ixnstate.trace import wording
from ixnstate.trace.exchanges import Asked, Exchanges
from ixnstate.trace.findings import Finding
from ixnstate.trace.worlds import Silent, Standing, World, Worlds
from ixnstate.vocabulary import RefusalCode


class Blamed(NamedTuple):
    """What is wrong, and how the interaction stands then. Where a reply is still to come, nothing is said yet."""

    findings: tuple[Finding, ...]
    standing: Standing


def blamed(
    exchanges: Exchanges,
    worlds: Worlds,
    recorded: Recorded,
    number: int | None,
    interaction: str,
    known: Standing,
    word: str,
    silent: Silent,
) -> Blamed | None:
    """Why a notification may show what does not fit; None if no request explains that."""
    agent, media = recorded.agent, known.record.media
    owed, refused = exchanges.owed(interaction), exchanges.refused(interaction, agent, number)
    if owed is not None and owed.asked.before is not None and owed.reply.agent == agent and owed.number != number:
        explained = worlds.shown(owed.asked.before, word, agent, silent, exchanges.about(interaction))
        if explained is not None:
            exchanges.drop(owed)
            return Blamed((wording.no_notification(owed.asked, owed.reply),), explained[0])
    asker = owed.reply.agent if owed is not None and owed.number == number else None
    if owed is not None and None not in (agent, asker) and asker != agent:
        explained = worlds.shown(known, word, asker, silent, exchanges.about(interaction))
        if explained is not None:
            exchanges.drop(owed)
            return Blamed((wording.to_another(recorded, interaction, owed, known),), explained[0])
    for asked in exchanges.illegal(interaction):
        done = worlds.anyhow(media, asked.waiting, word, agent)
        if done is None and _is_undescribed(asked) and asked.recorded.agent == agent:
            done = worlds.seen(media, word, agent)
        if done is not None:
            asked.is_shown = True
            return Blamed((), worlds.standing((*done.worlds, *known.worlds), requested=True))
    done = worlds.anyhow(media, refused.waiting, word, agent) if refused else None
    if refused is not None and done is not None:
        exchanges.absolve(interaction)
        settled = worlds.settled(done.worlds, refused.number)
        finding = wording.refused_yet_done(recorded, refused, word)
        return Blamed((finding,), worlds.standing((*settled.worlds, *known.worlds), requested=True))
    return None


def _is_undescribed(asked: Asked) -> bool:
    """Whether no page says what a request does, by its name or with its arguments: it may do anything."""
    return asked.form is None or (asked.refusal is not None and asked.refusal.code is RefusalCode.UNKNOWN_OPERATION)


def without_effect(exchanges: Exchanges, worlds: Worlds, asked: Asked) -> tuple[World, ...]:
    """Where a request leads that must be refused and was done, if the one before it was not done as its reply says.

    That is so if the message that the reply has promised does not come.
    """
    owed = exchanges.owed(str(asked.interaction))
    if owed is None or owed.doubted is not None or owed.asked.before is None or asked.waiting is None:
        return ()
    done, _ = worlds.carried_out(owed.asked.before, asked.waiting)
    owed.doubted = asked if done else None
    return done
