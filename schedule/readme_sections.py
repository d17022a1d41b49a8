"""What stands around the schedule, section by section, known by the words of its heading."""

import bisect
import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from markdown_it.token import Token

from schedule.readme_calendar import Calendar, NearestYears
from schedule.readme_classes import EXAM_OPENS, FINAL
from schedule.readme_columns import Table
from schedule.readme_dates import NAMED_DAY, best_span, find_spans
from schedule.readme_edition import HTML_TITLE, SEASON_AND_YEAR, subtitle_of
from schedule.readme_facts import (
    MAX_NAME,
    MAX_TEXT,
    MAX_TITLE,
    Exam,
    Image,
    Link,
    Point,
    Resource,
    ResourceKind,
    Section,
)
from schedule.readme_inline import Reader, kind_of
from schedule.readme_milestones import LABELLED, SENTENCE_END, STATEMENTS, Told, statements
from schedule.readme_people import ROLE_LABEL, People, PeopleReader, is_practical, labelled, names_channel
from schedule.readme_resources import read_item
from schedule.readme_staff import StaffTables
from schedule.readme_tables import expressions
from schedule.readme_text import (
    SCHEDULE_HEADING,
    Document,
    Item,
    Part,
    Warnings,
    blocks,
    dedented,
    fold,
    is_list,
    items,
    lines_of,
)

KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("past-exams", r"\b(?:previous|past|old|former|practice|sample|mock|anciens?)\b.*\bexam|\bannales\b"),
        ("roadmap", r"\broad ?map|\bfeuille de route"),
        ("pillars", r"\bpillars?\b|\bpiliers?\b"),
        ("streams", r"\bstreams?\b"),
        ("culture", r"\bculture\b"),
        ("milestones", r"\bmilestones?\b|\bjalons?\b"),
        ("similar", r"\b(?:similar|related|other|autres?)\b.*\b(?:courses?|class(?:es)?|cours)\b|\bcours similaires"),
        ("books", r"\b(?:text)?books?\b|\blivres?\b|\bouvrages?\b|\bmanuels?\b|\bbibliograph"
                  r"|^\W*(?:recommended |suggested |course )?literature\W*$"),
        ("general", r"\bgeneral\b.*\bresources?\b|\bressources? generales?\b"
                    r"|\b(?:useful|further|additional|online)\b.*\b(?:resources?|links?|readings?)"),
        ("resources", r"\bresources?\b|\bressources?\b|\breferences?\b"),
        ("project", r"\bprojects?\b|\bprojets?\b"),
        ("exam", r"\bexam(?:s|ens?|inations?)?\b"),
        ("staff", r"\b(?:staff|teaching team|instructors?|teachers?|lecturers?|enseignante?s?"
                  r"|(?:teaching|course|lab|student) assistants?"
                  r"|professors?|professeure?s?|auxiliaires?|charge\w* d(?:e |['’])(?:td|tp|cours|labo\w*|exercices)"
                  r"|encadrante?s?|equipe (?:enseignante|pedagogique)|intervenante?s?)\b"
                  r"|^\W*(?:l'|the |our |course )?(?:equipe|team)\W*$|^\W*(?:the |our |les )?assistants?\W*$"),
        ("logistics", r"\blogisti(?:cs?|que)\b|\bpractical (?:info\w*|matters)|\binfo(?:s|rmations?)? pratiques?"
                      r"|\bcontacts?\b|\bcommunication\b|\boffice hours\b|\borgani[sz]ation\b|\bmodalites\b"
                      r"|\b(?:important|key) dates\b|\bdates (?:cles?|importantes)\b"
                      r"|\bwhen and where\b|\b(?:getting|get|find|asking for) help\b|\bask\w* questions\b"
                      r"|^\W*(?:forums?|discord|slack|piazza|zulip)\W*$"
                      r"|\b(?:course|class) info(?:rmation)?\b"),
        ("credits", r"\bcredits?\b|\backnowledg|\bremerciements?\b|\bthanks\b|\bcontributors?\b"),
        ("introduction", r"^\W*(?:about(?: (?:this|the) (?:course|class))?|introduction|overview|summary|resume"
                         r"|(?:course )?description|(?:course |learning )?objectives?|objectifs?"
                         r"|presentation (?:de l'ue|du cours|generale))\W*$"),
    )
)  # fmt: skip
# A heading that promises a place to ask, which only what is below it tells from a list of questions.
ASKS = re.compile(r"^\W*(?:help|support|aide|discussions?|questions?|community)\W*$")
INHERITED = {
    "project": "project",
    "exam": "exam",
    "past-exams": "past-exams",
    "milestones": "milestones",
    "introduction": "introduction",
    "credits": "credits",
    "logistics": "logistics",
    "staff": "staff",
    "culture": "culture",
    "resources": "general",
    "schedule": "schedule",
}
RESOURCES: dict[str, ResourceKind] = {
    "similar": "similar",
    "general": "general",
    "books": "book",
    "resources": "general",
}
# Of these sections the lists are facts, and no page has a place for the rest; "For example:" before a list is no loss.
NOT_SHOWN = frozenset(("roadmap", "culture", "pillars", "streams", "logistics", "staff", *RESOURCES))
PEOPLE = frozenset(("introduction", "logistics", "staff"))
TELL_EXAMS = frozenset(("introduction", "schedule", "logistics", "exam"))
PROSE_LINE = 500  # characters of a line in which an exam is looked for
# What the label and the text of such a line may say beside the words for an exam and before its day.
EXAM_ALONE = re.compile(r"^(?:\s+(?:final|oral|ecrit|partiel)s?\b)?\W*(?:\d{1,2}|[ivx]{1,3})?\W*(?:\([^()]*\)\W*)?$")
DAY_OPENS = re.compile(rf"^\W*(?:(?:on|the|le|du|from|{NAMED_DAY.pattern})\b\W*)*$")
EXAM_FORM = re.compile(
    r"\b(?:(?P<said>(?:oral|written|take-home)\s+exam(?:ination)?|examen\s+(?:final\s+)?(?:oral|ecrit))"
    r"|exam(?:ination)?\s+(?:is|will be)\s+(?P<form>oral|written))\b"
)
# "Stanford / Winter 2026", right below the title: a line of it.
EDITION_ALONE = re.compile(rf"^\W*(?:[^\W\d_]{{2,30}}\W{{1,3}}){{0,4}}(?:{SEASON_AND_YEAR.pattern})\W*$")
IMAGE_ONLY = re.compile(r"^\s*(?:!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])\s*)+$")
HAS_LINK = re.compile(r"\]\s*\(|\]\[|<a\s|https?://")


@dataclass
class SectionFacts:
    sections: list[Section] = field(default_factory=list)
    introduction: list[str] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    schedule_note: str = ""
    pillars: list[Point] = field(default_factory=list)
    streams: list[Point] = field(default_factory=list)
    project_text: str = ""
    milestones_text: str = ""
    milestones: list[Told] = field(default_factory=list)
    exam_text: str = ""
    exam_links: list[Link] = field(default_factory=list)
    exam: Exam | None = None
    people: People = field(default_factory=People)
    resources: list[Resource] = field(default_factory=list)
    credits: str = ""


def section_kinds(doc: Document, reader: Reader, title: Part | None, schedule: Table | None) -> dict[Part, str]:
    """The kind of every part: by its own heading, else its parent's where that has text of many headings."""
    starts = [part.start for part in doc.parts]
    places = [start for start, _end in schedule.blocks] if schedule else []
    in_schedule = {doc.parts[bisect.bisect_right(starts, place) - 1] for place in places}
    kinds: dict[Part, str] = {}
    subtitle = subtitle_of(doc, title) if title else None
    editions: set[Part] = set()  # lines of the title: what is below them is below the title
    for part in doc.parts:
        heading = fold(reader.plain(part.heading, part.line + 1))
        is_below = part.parent is not None and part.parent is title
        is_edition = part is subtitle or (is_below and EDITION_ALONE.match(heading))
        own = next((kind for kind, pattern in KINDS if pattern.search(heading)), None)
        if own is None and ASKS.match(heading) and names_channel(doc.markdown(part.start, part.end)[:MAX_TEXT]):
            own = "logistics"
        if is_edition:
            editions.add(part)
        if part is title or part.level == 0 or (is_edition and part not in in_schedule):
            kinds[part] = "introduction"
        elif part in in_schedule:
            kinds[part] = "schedule"
        elif own:
            kinds[part] = own
        elif SCHEDULE_HEADING.search(heading):
            kinds[part] = "schedule"
        elif part.parent and part.parent is not title and part.parent not in editions:
            kinds[part] = INHERITED.get(kinds[part.parent], "other")
        else:
            kinds[part] = "other"
    return kinds


class SectionReader:
    def __init__(self, doc: Document, reader: Reader, warnings: Warnings, title: Part | None, schedule: Table | None):
        self.doc, self.warnings = doc, warnings
        # A block's text may begin some lines below its first: its links are judged line by line at the end.
        self.reader, self.line_reader = Reader(doc, Warnings()), reader
        self.title = title
        self.kinds = section_kinds(doc, reader, title, schedule)
        self.schedule_lines = {n for start, end in (schedule.blocks if schedule else ()) for n in range(start, end)}
        self.facts = SectionFacts()
        self.people = PeopleReader(doc, self.reader, warnings)
        self.staff_tables = StaffTables(self.people)
        self._roles: dict[Part, str] = {}  # named in a line of its own above the next list

    def read(self) -> SectionFacts:
        for part in self.doc.parts:
            kind = self.kinds[part]
            left = [block for block in blocks(part.tokens) if not self._is_taken(kind, block, part)]
            self._keep(part, kind, [text for block in left if (text := self.doc.markdown(*lines_of(block)))])
        self._check_links()
        self.facts.people = self.people.people
        return self.facts

    # what of a block becomes facts; the rest is the section's prose

    def _is_taken(self, kind: str, block: list[Token], part: Part) -> bool:
        start, _end = lines_of(block)
        if start in self.schedule_lines:
            return True
        if kind == "other":
            return False
        if block[0].type == "html_block" and part is self.title and HTML_TITLE.search(block[0].content):
            return True
        if block[0].type == "hr" or (block[0].type == "html_block" and block[0].content.lstrip().startswith("<!--")):
            return True
        if block[0].type == "paragraph_open":
            return self._is_paragraph_taken(kind, block, part)
        if is_list(block):
            return self._is_list_taken(kind, block, part)
        if kind == "staff" and block[0].type == "html_block":
            return self.staff_tables.read_html(block[0].content, start + 1, self._role_of(part))
        if kind in PEOPLE and block[0].type == "table_open":
            if self.staff_tables.read_pairs(block):
                return True
            return kind != "introduction" and self.staff_tables.read(block, self._role_of(part))
        return False

    def _is_paragraph_taken(self, kind: str, block: list[Token], part: Part) -> bool:
        text, line = block[1].content, lines_of(block)[0] + 1
        if IMAGE_ONLY.match(text):
            self.facts.images += self.reader.read(text, line).images
            return True
        if part.level == 0 and self.title is part and line == self._title_line(part):
            return "\n" not in text
        if kind in PEOPLE and self.people.read_labels(text, line):
            return True
        if kind in ("logistics", "staff") and (role := self.people.role_alone(text)):
            self._roles[part] = role
            return True
        if kind == "staff" and self.people.read_names(text, line, self._role_of(part)):
            return True
        if kind == "staff" and (label := labelled(text)) and "\n" not in text:
            self.people.add(self.reader.plain(label[0], line), label[1], line)
            return True
        if kind in ("logistics", "staff"):
            self.people.read_paragraph(text, line, self.line_reader.plain(part.heading, part.line + 1))
            return True
        return kind == "milestones" and bool(LABELLED.match(fold(text))) and ":" in text

    def _role_of(self, part: Part) -> str:
        """The heading of a section of people, where it says what they are: not "Instructors & TAs"."""
        heading = self.line_reader.plain(part.heading, part.line + 1)
        roles = [bool(ROLE_LABEL.match(fold(piece))) for piece in re.split(r"\s+(?:&|and|et)\s+|\s*[,/]\s*", heading)]
        return heading if roles[0] and sum(roles) == 1 else ""

    @staticmethod
    def _title_line(part: Part) -> int:
        return next((lines_of(block)[0] + 1 for block in blocks(part.tokens)), 0)

    def _is_list_taken(self, kind: str, block: list[Token], part: Part) -> bool:
        if kind in ("pillars", "streams"):
            points = self.facts.pillars if kind == "pillars" else self.facts.streams
            points += [self._point(item) for item in items(block)]
            return True
        if kind in ("logistics", "staff") or (kind == "introduction" and is_practical(self.doc, self.reader, block)):
            above = self._roles.pop(part, "")
            role = above or (self._role_of(part) if kind == "staff" else "")
            self.people.read_list(block, role=role, everyone=kind == "staff" or bool(above))
            return True
        if kind in RESOURCES:
            found = [read_item(self.doc, self.reader, item, RESOURCES[kind]) for item in items(block)]
            self.facts.resources += [resource for resource in found if resource]
            return True
        if kind == "milestones":
            return all(LABELLED.match(fold(item.text)) for item in items(block))
        return False

    def _point(self, item: Item) -> Point:
        line = item.line + 1
        named = labelled(item.text)
        name, text = named if named else (item.text, "")
        details = dedented(self.doc, item)
        return Point(self.reader.plain(name, line)[:MAX_NAME], "\n\n".join(filter(None, (text, details))), line)

    # what a section's prose becomes

    def _keep(self, part: Part, kind: str, left: list[str]) -> None:
        prose = "\n\n".join(left)[:MAX_TEXT]
        facts, heading = self.facts, self.line_reader.plain(part.heading, part.line + 1)[:MAX_TITLE]
        text = self.doc.markdown(part.start, part.end)[:MAX_TEXT]
        if not heading and not text:
            return
        public = "logistics" if kind == "staff" else kind
        facts.sections.append(Section(public, heading, part.level, text, part.line + 1, kind != "other", prose))
        if kind == "other" and text:
            message = _("The section “%(title)s” was not understood; it is shown as it is.") % {"title": heading}
            self.warnings.add("section-not-understood", part.line + 1, message, heading)
        if kind in NOT_SHOWN and (lost := "\n\n".join(text for text in left if not text.endswith(":"))):
            message = _("This part of the section “%(title)s” was not understood; it is shown as it is.")
            self.warnings.add("section-not-understood", part.line + 1, message % {"title": heading}, lost)
            facts.sections.append(Section("other", heading, part.level, lost[:MAX_TEXT], part.line + 1, False))
        if kind == "introduction" and prose:
            # A heading of its own ("Objectives") is kept; the page's title is the edition's.
            titled = part is not self.title and part.level > 0
            facts.introduction += [f"{'#' * part.level} {heading}"] if titled else []
            facts.introduction += left
        elif kind == "schedule":
            facts.schedule_note = _appended(facts.schedule_note, prose)
        elif kind in ("project", "milestones"):
            facts.milestones += statements(part)
            name = f"{kind}_text"
            setattr(facts, name, _appended(getattr(facts, name), self._with_heading(part, kind, prose)))
        elif kind in ("exam", "past-exams"):
            facts.exam_text = _appended(facts.exam_text, self._with_heading(part, kind, prose))
            facts.exam_links += self._links(part)
        elif kind == "credits":
            facts.credits = _appended(facts.credits, self._with_heading(part, kind, prose))

    def _with_heading(self, part: Part, kind: str, prose: str) -> str:
        """A sub-section keeps its heading; the section's own is the page's."""
        is_top = kind != "past-exams" and (part.parent is None or self.kinds[part.parent] != kind)
        return prose if is_top or not prose else f"{'#' * part.level} {part.heading}\n\n{prose}"

    def _links(self, part: Part) -> list[Link]:
        found = []
        for token in part.tokens:
            if token.type == "inline" and token.map:
                line = token.map[0] + 1
                for target in self.reader.read(token.content, line).links:
                    kind, _conflict = kind_of(target.label, target.href, "", "")
                    found.append(Link(target.label[:MAX_TITLE], target.href, kind, line))
        return found

    def labelled_exams(self, calendar: Calendar, years: NearestYears) -> list[Exam]:
        """ "Final exam: 15 June, 9:00-12:00" as a line of a section that may say so."""
        found = []
        for part, kind in self.kinds.items():
            for token in part.tokens if kind in TELL_EXAMS else ():
                if token.type != "inline" or not token.map or token.map[0] in self.schedule_lines:
                    continue
                for line, text in enumerate(token.content.split("\n"), start=token.map[0] + 1):
                    if exam := self._labelled_exam(text[:PROSE_LINE], line, calendar, years):
                        found.append(exam)
        return found

    def _labelled_exam(self, text: str, line: int, calendar: Calendar, years: NearestYears) -> Exam | None:
        named = labelled(text)
        label = self.reader.plain(named[0], line) if named else ""
        opens = EXAM_OPENS.match(fold(label))
        is_exam = FINAL.match(fold(label)) or (opens and EXAM_ALONE.match(opens["after"]))
        spans = find_spans(named[1], prose=True) if named and is_exam else []
        if named is None or not spans or not DAY_OPENS.match(fold(named[1][: spans[0].start])):
            return None
        day, _end = calendar.dates(spans[0], years)
        return Exam(day, label[:MAX_TITLE], line) if day else None

    def exam(self, calendar: Calendar, years: NearestYears) -> Exam | None:
        """The exam that the Exam section describes: its form as title, its day where the prose says one."""
        part = next((part for part, kind in self.kinds.items() if kind == "exam"), None)
        if part is None or not self.facts.exam_text:
            return None
        day = None
        for sentence in exam_sentences(part)[:STATEMENTS]:
            if span := best_span(sentence):
                day = calendar.dates(span, years)[0] or day
        heading = self.line_reader.plain(part.heading, part.line + 1)
        title = heading
        if form := EXAM_FORM.search(fold(self.facts.exam_text)):
            said = self.facts.exam_text[form.start("said") : form.end("said")] if form["said"] else ""
            title = " ".join(said.split()) or f"{form['form']} exam"
        return Exam(day, (title[:1].upper() + title[1:])[:MAX_TITLE], part.line + 1)

    def _check_links(self) -> None:
        """Every link outside the rows: what cannot be opened gets its warning as well."""
        for part in self.doc.parts:
            for token in part.tokens:
                if token.type != "inline" or not token.map or not HAS_LINK.search(token.content):
                    continue
                for number, text in enumerate(token.content.split("\n"), start=token.map[0] + 1):
                    if HAS_LINK.search(text):
                        self.line_reader.read(text, number)
        for line, text in expressions(self.doc):
            self.warnings.add("template-expression", line, _("A template expression was not filled in."), text)


def exam_sentences(part: Part) -> list[str]:
    """The sentences that say when the exam is: "The exam will take place on 31/05/2024." """
    paragraphs = [block[1].content for block in blocks(part.tokens) if block[0].type == "paragraph_open"]
    sentences = [sentence for text in paragraphs for sentence in SENTENCE_END.split(text)]
    when = re.compile(r"\b(?:exam\w*|take place|held|aura lieu|se tiendra)\b")
    return [sentence for sentence in sentences if when.search(fold(sentence))]


def _appended(text: str, more: str) -> str:
    return "\n\n".join(filter(None, (text, more)))
