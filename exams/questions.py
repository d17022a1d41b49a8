"""The questions of a case study as one text, the way an instructor writes them. Pure.

    1. How would you frame the problem?
    1.1 (2) What is predicted, and when?
    1.2 (3) Which mistake costs more?
    2. (4) A question without parts has its points here.

A line that begins with no number goes on with the text above it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

MOST_POINTS = 20  # of one part
POINTS = r"(?:\(\s*(\d{1,4})\s*(?:p|pts?|points?)?\s*\))?"
PART = re.compile(rf"(\d{{1,4}})\.(\d{{1,4}})\.?\s*{POINTS}\s*(.*)", re.IGNORECASE)
QUESTION = re.compile(rf"(\d{{1,4}})[.)](?!\d)\s*{POINTS}\s*(.*)", re.IGNORECASE)


class NotUnderstood(ValueError):
    """What is wrong with a text: sentences, each with the number of its line or question."""

    def __init__(self, sentences: list[str]):
        super().__init__(*sentences)
        self.sentences = sentences


@dataclass
class Part:
    points: int
    text: str = ""


@dataclass
class Asked:
    """A question; its parts are numbered as they stand. Without parts it has one that has its points and no text."""

    text: str
    parts: list[Part] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return len(self.parts) == 1 and not self.parts[0].text


def total(questions: Iterable[Asked]) -> int:
    return sum(part.points for question in questions for part in question.parts)


def read(text: str) -> list[Asked]:
    """Raises NotUnderstood."""
    questions: list[Asked] = []
    wrong = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            take(line.strip(), questions)
        except ValueError as error:
            wrong.append(_("Line %(line)d: %(sentence)s") % {"line": number, "sentence": error})
    wrong = wrong or list(unfinished(questions))
    if wrong:
        raise NotUnderstood(wrong)
    return questions


def take(line: str, questions: list[Asked]) -> None:
    """Add what a line says. Raises ValueError with the sentence why not."""
    if found := PART.fullmatch(line):
        number, part, points, text = found.groups()
        if not questions or int(number) != len(questions):
            raise ValueError(_("a part of question %(number)s, which is not the one above.") % {"number": number})
        parts = questions[-1].parts
        if questions[-1].is_whole:
            raise ValueError(_("question %(number)s has points of its own, so it has no parts.") % {"number": number})
        if int(part) != len(parts) + 1:
            raise ValueError(_("part %(number)s.%(part)d comes next.") % {"number": number, "part": len(parts) + 1})
        if not text:
            raise ValueError(_("write what is asked after the points."))
        parts.append(Part(worth(points), text))
    elif found := QUESTION.fullmatch(line):
        number, points, text = found.groups()
        if int(number) != len(questions) + 1:
            raise ValueError(_("question %(number)d comes next.") % {"number": len(questions) + 1})
        if not text:
            raise ValueError(_("write what is asked after the number."))
        questions.append(Asked(text, [Part(worth(points))] if points else []))
    elif line:
        if not questions:
            raise ValueError(_("begin with the first question: 1. What would you do?"))
        last = questions[-1] if questions[-1].is_whole or not questions[-1].parts else questions[-1].parts[-1]
        last.text += f"\n{line}"


def worth(points: str | None) -> int:
    if points is None:
        raise ValueError(_("say how many points it has: 1.1 (2) What is predicted?"))
    if not 1 <= int(points) <= MOST_POINTS:
        raise ValueError(_("a part has from 1 to %(most)d points.") % {"most": MOST_POINTS})
    return int(points)


def unfinished(questions: list[Asked]) -> Iterator[str]:
    for number, question in enumerate(questions, start=1):
        if not question.parts:
            yield _("Question %(number)d has no points: write %(number)d. (4) before it, or parts below it.") % {
                "number": number
            }


def write(questions: Iterable[Asked]) -> str:
    """The text that reads as these questions."""
    lines = []
    for number, question in enumerate(questions, start=1):
        points = f"({question.parts[0].points}) " if question.is_whole else ""
        lines.append(f"{number}. {points}{question.text}")
        if not question.is_whole:
            lines += [f"{number}.{n} ({part.points}) {part.text}" for n, part in enumerate(question.parts, start=1)]
        lines.append("")
    return "\n".join(lines).strip()
