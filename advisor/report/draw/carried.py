"""Which of several changes carried the gain: what is lost when each alone is put back."""

from __future__ import annotations

from advisor.pictures import Pictures
from advisor.report.draw.chart import Figure, Panel, Table
from advisor.report.draw.paired import Gain, gains_picture
from advisor.report.wording import Wording


def carried_figure(words: Wording, pictures: Pictures) -> Figure | None:
    """One bar for each change, with its 95 % interval."""
    if not pictures.carried:
        return None
    say = words.catalog.say
    gains = [
        Gain(c.name, c.lost, c.lost - 2 * c.se, c.lost + 2 * c.se, "improved")
        for c in pictures.carried
    ]
    svg = gains_picture(words, gains, "carried", title=say("html.fig.carried.title"))
    if svg is None:
        return None
    named = {knob.removeprefix("preprocessing."): (b, a) for knob, b, a in words.changes()}
    rows = []
    for c in pictures.carried:
        before, after = named.get(c.name, ("", ""))
        rows.append((c.name, before, after, words.gain(c.lost), words.score(c.se)))
    columns = (
        "markdown.knob",
        "markdown.before",
        "markdown.after",
        "html.head.lost",
        "html.head.se",
    )
    table = Table(tuple(say(c) for c in columns), tuple(rows))
    title, note = say("html.fig.carried.title"), say("html.fig.carried.note")
    return Figure("carried", title, note, (Panel(svg),), table)
