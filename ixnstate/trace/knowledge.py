"""What has been worked out under a definition: judges of the same definition share it."""

from ixnstate.definition import Definition
from ixnstate.trace.facts import Shapes
from ixnstate.trace.inference import Model
from ixnstate.trace.observation import Observer


class Knowledge:
    """The beliefs, the transitions between them, and the shapes of lines that lead from one to the next."""

    def __init__(self, definition: Definition, gaps: int | None = None, *, separate: bool = False) -> None:
        self.definition = definition
        self.model = Model(definition, gaps)
        self.observer = Observer(self.model, separate=separate)
        self.shapes = Shapes(self.model.steps)
