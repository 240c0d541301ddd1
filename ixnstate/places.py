"""Where an interaction lies that is in no queue and in nobody's hands."""

from ixnstate.values import frozen


@frozen
class WorkbinPlace:
    """One instance of a workbin: the workbin's id, and whose it is: a group's, or an agent's (``owner``)."""

    id: str
    agent_group: str | None = None
    place_group: str | None = None
    owner: str | None = None
