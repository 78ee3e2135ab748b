"""Several of the project's own models at work, one for each stem but the last; their estimates, without sampling."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from core.audio.types import Wav
from core.card import VOCALS, Card
from core.separation.diffusion import Denoised, Diffusion
from core.separation.request import ChunkRequest, ChunkResult


class Combination:
    """A Method of core.separation.method; a request's steps change nothing. A row's `kind` is the place of its model
    in `members`, in the order of the card's stems."""

    def __init__(self, members: Sequence[Diffusion], card: Card) -> None:
        self.members, self.card = members, card

    def prepare(self, request: ChunkRequest, should_stop: Callable[[], bool]) -> list[Denoised]:
        """A row for each view and model."""
        estimated, rows = replace(request, steps=0), list[Denoised]()
        for kind, member in enumerate(self.members):
            for row in member.prepare(estimated, should_stop):
                row.kind = kind
                rows.append(row)
        return rows

    def record(self, largest: int) -> int:
        """Nothing to record: there are no steps."""
        return largest

    def limit(self, largest: int) -> None:
        """Nothing is kept for batches of any size."""

    def enter(self, rows: Sequence[Denoised]) -> None:
        """Estimate."""
        self.members[rows[0].kind].enter(rows)

    def step(self, rows: Sequence[Denoised]) -> None:
        """Never called: no row has a step."""

    def results(self, rows: Sequence[Denoised]) -> list[Callable[[], Wav]]:
        """The sources `[m]`, each at the level it came in."""
        return self.members[rows[0].kind].results(rows)

    def render(self, request: ChunkRequest, rows: Sequence[Denoised], results: Sequence[Wav]) -> ChunkResult:
        """Each model's stem, masked."""
        estimated, separated = replace(request, steps=0), dict[str, Wav]()
        for kind, (stem, member) in enumerate(zip(self.card.stems, self.members, strict=False)):
            places = [place for place, row in enumerate(rows) if row.kind == kind]
            rendered = member.render(estimated, [rows[place] for place in places], [results[place] for place in places])
            separated[stem] = rendered.separated[VOCALS]
        return ChunkResult(separated)
