"""The documents contradict each other in places. Each contradiction is a named choice of an immutable `Profile`."""

import attrs

from ixnstate.values import brief, frozen


def _one_of(default: str, *others: str) -> str:
    choices = (default, *others)

    def check(_: object, attribute: "attrs.Attribute[str]", value: object) -> None:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(f"{attribute.name} is {brief(value)}; it can be {', '.join(map(repr, choices))}")

    field: str = attrs.field(default=default, validator=check, metadata={"choices": choices})
    return field


def _switch() -> bool:
    def check(_: object, attribute: "attrs.Attribute[bool]", value: object) -> None:
        if not isinstance(value, bool):
            raise ValueError(f"{attribute.name} is {brief(value)}; it can be True or False")

    field: bool = attrs.field(default=True, validator=check, metadata={"choices": (True, False)})
    return field


@frozen
class Profile:
    """Which of the documented behaviours a system shows. The defaults are those of the newest pages.

    Raises ValueError, naming the choices, for a value that is none of them.
    """

    api_version: str = _one_of("8.6.0", "8.5.2", "8.5.1", "8.5.0")
    """The version whose return values and replies are spoken."""

    transfer: str = _one_of("at once", "on acceptance")
    """When a transferring agent lets go. The open-media page shows the giver Completed at once; the vendor's event
    model moves the parties only when the target accepts (OpenMediaAPITransfer, 8.5.2; Transfer, GenEM 2018-03-22)."""

    capabilities: str = _one_of("8.5.2", "2014")
    """Which generation of lists the chat-like views show: 13 and 16 names, or 7 (ChatAccept and
    ChatAttachUserData, 8.5.2)."""

    twitter: str = _one_of("twitter", "tweet")
    """The spelling of messages, keys and lists (TwitterAccept and TwitterMessageType, 8.5.2)."""

    unlisted_workbin_names: str = _one_of("accept", "refuse")
    """Whether AddTweet, PullFacebook and the like work on a workbin that is not a group's, where the pages list only
    the names for chat, email and workitem (WorkbinAddInteractionToWorkbin, 8.5.2)."""

    enable_notification_on_pull_chat: bool = _switch()
    """Server option: both this and the next must be on for PullChat (PullInteractionFromWorkbin, 2020-09-17)."""

    enable_join_on_pull_chat: bool = _switch()
    """Server option: see the one before."""
