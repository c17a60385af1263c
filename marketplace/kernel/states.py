"""States are tables: read by actions, drawn into docs/reference/states.md, tested in full."""

from dataclasses import dataclass, field

from marketplace.kernel.errors import ImpossibleMove

MACHINES: list["Machine"] = []


@dataclass(frozen=True, slots=True)
class Machine:
    """The life of one kind of thing: which move leads from which state to which.

    ``moves`` maps a move's name to {state before: state after}.
    """

    thing: str
    initial: str
    moves: dict[str, dict[str, str]]
    states: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Collect the states, and enter the register for docs and tests."""
        ends = {state for pairs in self.moves.values() for pair in pairs.items() for state in pair}
        object.__setattr__(self, "states", frozenset(ends | {self.initial}))
        MACHINES.append(self)

    def after(self, move: str, state: str) -> str:
        """Give the state that follows, or refuse."""
        try:
            return self.moves[move][state]
        except KeyError:
            raise ImpossibleMove(
                f"Cannot {move.replace('_', ' ')} {self.thing} that is {state.replace('_', ' ')}.",
                move=move,
                state=state,
            ) from None

    def allows(self, move: str, state: str) -> bool:
        """Tell whether a button for this move should be shown."""
        return state in self.moves.get(move, {})

    def diagram(self) -> str:
        """Draw the table as a Mermaid state diagram."""
        arrows = [
            f"    {before} --> {after}: {move}"
            for move, ends in self.moves.items()
            for before, after in ends.items()
        ]
        return "\n".join(["stateDiagram-v2", f"    [*] --> {self.initial}", *arrows, ""])
