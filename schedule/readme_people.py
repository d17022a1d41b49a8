"""Who teaches and where to ask: staff with role and mail, channels, and the other practical matters of a list."""

import re
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from schedule.readme_facts import MAX_EMAIL, MAX_NAME, MAX_PEOPLE, Channel, LogisticsItem, StaffMember
from schedule.readme_inline import Reader
from schedule.readme_text import Document, Item, Warnings, blocks, dedented, fold, is_list, items, one_line

BOLD_LABEL = re.compile(
    r"^\s*(?P<mark>\*\*|__)(?P<label>.{1,200}?)\s{0,9}(?::\s*(?P=mark)|(?P=mark)\s*(?:[:–—]|-\s|$))\s*(?P<text>.*)$",
    re.DOTALL,
)
BOLD_OPENS = re.compile(r"^\s*(?P<mark>\*\*|__)(?P<label>[^*_:\n]{2,40})(?P=mark)\s+(?P<text>\S.*)$")
PLAIN_LABEL = re.compile(
    r"^\s*(?P<label>[^:\n\[\]()*_`.!?]{1,60}?(?:\([^:\n\[\]()*_`]{1,30}\))?)\s*:(?:\s+(?P<text>.*)|\s*)$", re.DOTALL
)
DEFINED = re.compile(r"^\s*:\s+")
# "**Instructor:** Ada · **TAs:** Bo, Cy": a line of several.
LABELS_OF_A_LINE = re.compile(
    r"<br\s*/?>|(?<=[^\W\d_]{2}[.;])\s+(?=[^\W\d_][^:.\n\[\]()*_]{2,30}:\s)"
    r"|(?<=\s)[·•|]\s*(?=[^\W\d_][^:.\n\[\]()*_|]{1,40}:\s)"
    r"|(?<=\s)[·•|;–—]\s*(?=(?:\*\*|__)[^*_\n]{1,60}(?::\s*(?:\*\*|__)|(?:\*\*|__)\s*:))"
)
GLUED = re.compile(r"(?<=[.!?)])\s*- (?=\*\*[^*\n]+\*\*\s*:)")
STAFF_LABEL = re.compile(r"\b(?:staff|team|equipe)\b")
ROLE_LABEL = re.compile(
    r"^(?:(?:head|lead|main|course|guest|graduate|undergraduate|student|co)[\s-]+)?"
    r"(?:instructors?|lecturers?|professors?|profs?|teachers?"
    r"|(?:teaching|course|learning) assistants?|tas?|assistants?|u?gsis?|ugtas?|cas?|graders?|preceptors?|mentors?"
    r"|managers?|admin(?:istrator)?s?|enseignante?s?|charge\w* (?:de|d')\s*\w+"
    r"|professeure?s?|auxiliaires?|organi[sz]ers?|organisateurs?|organisatrices?|responsables?|co-?ordinat\w+"
    r"|encadrante?s?|intervenante?s?|titulaires?|tutors?|responsible)\b"
)
# Beside a name, anywhere in what is said of it: "Associate professor", "Course director".
ROLE_WORD = re.compile(
    r"\b(?:professors?|professeure?|lecturer|instructor|teacher|tutor|coordinator|(?:co-?)?director|directeur|directrice"
    r"|dean|doyenne?|head|lead|chair|ph\.?\s?d|(?:post-?)?doctorante?|post-?doc\w*|research(?:er)?|chercheu\w+|scientist)\b"
)
PRACTICAL_LABEL = re.compile(
    r"\b(?:when|where|time|place|room|classroom|office|contact|communication|support|schedule|class|classes|location"
    r"|discord|slack|teams|moodle|piazza|forum|e-?mails?|questions?|horaire|salle|lieu|quand|bureau|canal|prerequisites?"
    r"|lectures?|cours|sections?|recitations?|precepts?|practica|horaires?|hours|credits|ects|language)\b"
)
ASK_LABEL = re.compile(
    r"\b(?:communication|contact|support|channels?|chat|questions?|forum|help|aide|canal|canaux|e-?mails?|courriel)\b"
)
EMAIL = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
CHANNELS = {
    "discord": r"\bdiscord",
    "slack": r"\bslack\b",
    "teams": r"\b(?:ms |microsoft )?teams\b(?! of)",
    "moodle": r"\bmoodle",
    "ecampus": r"\becampus",
    "piazza": r"\bpiazza",
    "zulip": r"\bzulip",
    "mattermost": r"\bmattermost",
    "ed": r"\bed ?stem\b|\bed discussion|^\W*ed\W*$",
    "telegram": r"\btelegram",
    "whatsapp": r"\bwhatsapp",
    "gitter": r"\bgitter",
    "forum": r"\bforum\b",
    "email": r"\b(?:e-?mails?|courriels?|mails?)\b|@",
}
# A place to ask whatever the label says: "Discussion: [Piazza](https://piazza.com/...)".
CHAT_PAGE = re.compile(
    r"https?://(?:[\w-]+\.)*(?:discord\.(?:gg|com)|slack\.com|piazza\.com|edstem\.org|zulip(?:chat)?\.com|gitter\.im"
    r"|teams\.microsoft\.com|t\.me|mattermost\.[\w.-]+)(?:/|$)"
)
ASK_THERE = r"\b(?:ms|microsoft) teams\b|teams\.microsoft\.com|\b(?:e-?mail|courriel)\b"
BETWEEN_NAMES = re.compile(r"[,;&]|\band\b|\bet\b")
IN_PARENTHESES = re.compile(r"\([^()]*\)")
ROLE_ALONE = re.compile(r"^\W*(?P<role>[^\W\d_][^*_:\n.,;()\[\]]{1,50}?)[\s*_:]*$")
# Beside a name: no role, but a page to open, or a place.
WEB_LABEL = re.compile(
    r"^(?:web(?:site| ?page)?|home ?page|(?:personal )?page|site(?: web)?|profile?|github|linkedin|twitter|scholar|cv"
    r"|links?|e-?mail|mail|https?:\S*|www\.\S*)$"
)
PLACE = re.compile(r"\d|\b(?:office|room|bureau|local|building|batiment|salle)\b")
# "Ada Lovelace", "Prof. Jean-Luc O'Neill", "Y. Le Cun", "Simone de Beauvoir": each word a name or a particle.
NAME = re.compile(
    r"^(?:(?:prof|dr|mr|mrs|ms|m|mme|pr|ir|phd)\.?\s+)*"
    r"(?:(?-i:[^\W\d_a-zà-ÿ])[\w.'’-]{0,40})(?:\s+(?:(?-i:[^\W\d_a-zà-ÿ])[\w.'’-]{0,40}"
    r"|d[eiu]|de la|da|des|van|von|den|der|la|le|el|bin|al|ter))"
    r"{1,5}$",
    re.IGNORECASE,
)
# "**Ada Lovelace** (lecturer), ada@x.org": the name stands apart from what is said of it.
BOLD_NAME = re.compile(r"^\s*(?P<mark>\*\*|__)(?P<name>[^*_:\n]{3,80}?)(?P=mark)\s*(?:$|[,(–—|·]|-\s)[^\n]{0,300}$")
NO_NAME = re.compile(
    r"^\W*(?:(?:office|email|mail|contact|room|bureau|salle|local|phone|tel|on|in|at|by|from|every|after)\b"
    r"|\d|[\w.+'-]{1,64}@)"
)
OTHERS = re.compile(r"^\W*(?:others?|more|et al|al|autres?|tbd|tba)\W*$")
LONGEST_NAMES = 2000  # characters of a paragraph that is names alone
NOBODY = re.compile(
    r"^\W*(?:see|voir|cf|check|listed|various|none|tb[acd]|to be \w+"
    r"|a (?:definir|determiner|confirmer|venir|preciser))\b"
)
LONGEST_SHORT = 4  # of a word in capitals that is an abbreviation
SENTENCE = re.compile(r"^(?:is|est)\s+(?:(?:an?|the|un|une|le|la)\s+)?")
PERSON = 500  # characters that are looked at for one name


@dataclass
class People:
    staff: list[StaffMember] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    logistics: list[LogisticsItem] = field(default_factory=list)


def labelled(text: str) -> tuple[str, str] | None:
    """Label and text of "**Support**: ask after class" or "Room: B28"; None where there is no label."""
    match = BOLD_LABEL.match(text) or PLAIN_LABEL.match(text)
    return (match["label"].strip(), (match["text"] or "").strip()) if match else None


def _labelled_in_bold(text: str) -> tuple[str, str] | None:
    """ "**LECTURES** Mondays at 5": a known word in bold needs no colon in a line of its own."""
    match = BOLD_OPENS.match(text)
    return (match["label"].strip(), match["text"].strip()) if match and is_known(fold(match["label"])) else None


def is_practical(doc: Document, reader: Reader, block: list) -> bool:
    """Whether a list, somewhere in the introduction, is about staff, times and places."""
    labels = [labelled(item.text) for item in items(block)]
    known = [label for label in labels if label and is_known(fold(label[0]))]
    return 2 * len(known) >= len(labels) > 0


def is_known(label: str) -> bool:
    return any(pattern.search(label) for pattern in (STAFF_LABEL, ROLE_LABEL, PRACTICAL_LABEL))


class PeopleReader:
    def __init__(self, doc: Document, reader: Reader, warnings: Warnings):
        self.doc, self.reader, self.warnings = doc, reader, warnings
        self.people = People()
        self._names: set[str] = set()

    def read_list(self, block: list, *, role: str = "", everyone: bool = False) -> None:
        """A list of practical matters; under a heading such as "Instructors" its items are people (`everyone`)."""
        role = singular(role)
        for item in items(block):
            named = labelled(item.text)
            label = self.reader.plain(named[0], item.line + 1) if named else ""
            folded = fold(label)
            if named and (ROLE_LABEL.match(folded) or STAFF_LABEL.search(folded)) and "@" not in label:
                self._group(item, named[1], label if ROLE_LABEL.match(folded) else "")
            elif not named and (alone := self.role_alone(item.text)) and any(map(is_list, blocks(item.tokens))):
                self._group(item, "", alone)
            elif everyone and not (named and is_known(folded)):
                self.person(item.text, role, item.line + 1)
            else:
                self._matter(item, label, named[1] if named else item.text)

    def read_labels(self, text: str, line: int) -> bool:
        """A paragraph of which each line has a label, or several: people by their role ("TA: Tina"), when and where.

        Without people its labels are in bold; a label that is not known is read with those that are.
        """
        rows: list[tuple[int, str]] = []
        for number, row in enumerate(text.split("\n"), start=line):
            if DEFINED.match(row) and rows:  # "TAs" and in the next line ": Ada"
                rows[-1] = (rows[-1][0], f"{rows[-1][1].rstrip()}: {DEFINED.sub('', row)}")
            else:
                rows.append((number, row))
        parts = [(at, part.rstrip(" \\")) for at, row in rows for part in LABELS_OF_A_LINE.split(row)]
        pieces = [(at, part) for at, part in parts if part][:MAX_PEOPLE]
        told_of = ((at, labelled(piece) or _labelled_in_bold(piece)) for at, piece in pieces)
        named = [(at, *told) for at, told in told_of if told and told[1]]
        roles = [label for _at, label, _said in named if ROLE_LABEL.match(fold(label))]
        known = [label for _at, label, _said in named if is_known(fold(label))]
        if len(named) < len(pieces):
            self._people_among(named)
            return False
        if 2 * len(known) < len(named) or not known:
            return False
        if not roles and not all(BOLD_LABEL.match(piece) or BOLD_OPENS.match(piece) for _at, piece in pieces):
            return False
        for number, label, said in named:
            if label not in roles:
                self.add(self.reader.plain(label, number), said, number)
                continue
            names = names_in(said)
            for name in names:
                self.person(name, singular(label) if len(names) > 1 else label, number)
        return True

    def _people_among(self, named: list[tuple[int, str, str]]) -> None:
        """Of a paragraph that says more than labels, and stays as it is: the lines that name people by their role."""
        for line, label, said in named:
            names = names_in(said) if ROLE_LABEL.fullmatch(fold(label)) else []
            if names and all(map(self._is_name, names)):
                for name in names:
                    self.person(name, singular(label) if len(names) > 1 else label, line)

    def _is_name(self, said: str) -> bool:
        words = IN_PARENTHESES.sub("", EMAIL.sub("", self.reader.plain(said, 1)))
        return bool(NAME.match(re.split(r",|\s[-–—]\s", words)[0].strip(" .<>:–-")))

    @staticmethod
    def role_alone(text: str) -> str:
        """The role that is all a paragraph says ("**Teaching assistants**"): that of the list below it."""
        match = ROLE_ALONE.match(text)
        return match["role"] if match and ROLE_LABEL.match(fold(match["role"])) else ""

    def read_names(self, text: str, line: int, role: str) -> bool:
        """A paragraph of people and nothing else: names below a heading, or one in bold a line."""
        if len(text) > LONGEST_NAMES:
            return False
        lines = [piece.rstrip(" \\") for piece in re.split(r"\n|<br\s*/?>\n?", text)]
        lines = [piece for piece in lines if piece.strip()]
        if all(BOLD_NAME.match(piece) for piece in lines):
            found = [(number, [piece]) for number, piece in enumerate(lines)]
        else:
            found = [(number, names_in(piece)) for number, piece in enumerate(lines)]
            every = [name for _number, names in found for name in names]
            if len(every) < (1 if role else 2) or not all(map(self._is_name, every)):
                return False
        for number, names in found:
            for name in names:
                self.person(name, singular(role), line + number)
        return True

    def read_paragraph(self, text: str, line: int, heading: str) -> None:
        """Prose under a heading such as "Communication": as one, or its lines where each has a label in bold."""
        named = [BOLD_LABEL.match(piece.rstrip(" \\")) for piece in text.split("\n")]
        if not all(named):
            self.add("", text, line, about=heading)
        for number, match in enumerate(named if all(named) else ()):
            if match:
                self.add(self.reader.plain(match["label"], line + number), match["text"].strip(), line + number)

    def add(self, label: str, text: str, line: int, *, about: str = "") -> None:
        """`about` is the heading above, where the text has no label of its own."""
        label = label[:MAX_NAME]
        self.people.logistics.append(LogisticsItem(label, text, line))
        self._channels(label, text, line, about)

    def _group(self, item: Item, text: str, role: str) -> None:
        nested = [child for block in blocks(item.tokens) if is_list(block) for child in items(block)]
        names = names_in(text)
        role = singular(role) if len(names) + len(nested) > 1 else role
        for name in names:
            self.person(name, role, item.line + 1)
        for child in nested:
            self.person(child.text, role, child.line + 1)

    def person(self, text: str, role: str, line: int, *, is_told: bool = False) -> None:
        """`is_told`: a column of its own says the role, so that a parenthesis says something else."""
        inline = self.reader.read(text, line)
        words = inline.text[:PERSON]
        address = next((t.href[7:].split("?")[0] for t in inline.links if t.href.lower().startswith("mailto:")), "")
        if "@" in words:
            address = address or next((match[0] for match in EMAIL.finditer(words)), "")
            words = EMAIL.sub(" ", words)
        told = re.search(r"\(([^()]*[^\W\d_][^()]*)\)", words)
        name = one_line(re.split(r"\(|:|,|\s[-–—]\s|\s(?:is|est)\s", words)[0])
        after = one_line(re.sub(r"\([^()]*\)", " ", words)[len(name) :]).strip(" :,-–—;.")
        told_of = SENTENCE.match(after)  # "Ada Lovelace is a lecturer at ..."
        name = re.sub(r"(?<=[^\W\d_]{4})\.$", "", name)
        if NOBODY.match(fold(name)):  # "see the course page"
            self.people.logistics.append(LogisticsItem(role[:MAX_NAME], text, line))
            return
        if not name:
            if address:  # of the team, or of a role
                self.people.logistics.append(LogisticsItem(role[:MAX_NAME], address, line))
            return
        if told_of and not told:
            said_of = after[told_of.end() :]
            after = said_of if ROLE_LABEL.match(fold(said_of)) else ""
        said, place = _role(told[1].strip(" :,") if told else after) if not is_told else (role, "")
        is_aside = not told or said[:1].isupper()  # but "Alan Turing (head)"
        is_role = ROLE_LABEL.match(fold(said)) or ROLE_WORD.search(fold(said))
        if role and not is_told and is_aside and not is_role:
            said = ""  # "Instructors: Ada Lovelace (ULiège)": an aside, which stays in the file
        if place and name not in self._names:
            self.people.logistics.append(LogisticsItem(name[:MAX_NAME], place, line))
        member = StaffMember(name[:MAX_NAME], (said or role)[:MAX_NAME], address[:MAX_EMAIL], line)
        if member.name not in self._names:
            self._names.add(member.name)
            self.people.staff.append(member)

    def _matter(self, item: Item, label: str, text: str) -> None:
        whole = "\n\n".join(filter(None, (text, dedented(self.doc, item))))
        first, *glued = GLUED.split(whole)
        self.add(label, first, item.line + 1)
        for more in glued:
            line = self._line_of(more, item)
            message = _("Two list items stand on this line; the second was read as one of its own.")
            self.warnings.add("list-item-glued", line, message, more)
            named = labelled(more)
            self.add(self.reader.plain(named[0], line) if named else "", named[1] if named else more, line)

    def _line_of(self, text: str, item: Item) -> int:
        first = text.split("\n")[0]
        lines = range(item.line, item.end)
        return next((number for number in lines if first in self.doc.lines[number]), item.line) + 1

    def _channels(self, label: str, text: str, line: int, about: str = "") -> None:
        folded = fold(label)
        inline = self.reader.read(text, line)
        pages = [target.href for target in inline.links if target.href.startswith("http")]
        named = folded or f"{fold(about)} {fold(' '.join(pages)).replace('/', ' ').replace('@', ' ')}"
        is_asked = ASK_LABEL.search(named) or any(re.search(pattern, named) for pattern in CHANNELS.values())
        if not is_asked and not any(map(CHAT_PAGE.match, pages)):
            return
        words = f"{folded} {fold(inline.text)} {fold(' '.join(pages)).replace('/', ' ')}"
        found: list[tuple[int, Channel]] = []
        for kind, pattern in CHANNELS.items():
            if match := re.search(pattern, words):
                href = self._href(kind, pattern, text, line)
                found.append((match.start(), Channel(kind, href, label, line)))
        if any(c.href and c.kind not in ("forum", "email") for _position, c in found):
            others = [c.href for _position, c in found if c.kind != "forum"]  # "the (Moodle) forum" is that one
            found = [(at, c) for at, c in found if c.kind != "forum" or (c.href and c.href not in others)]
        kinds = {channel.kind for _position, channel in found} - {"email"}
        bare = [target.href for target in inline.links if target.label == target.href]
        if len(kinds) == 1 and len(pages) == 1 and (label or pages == bare):  # "the forum: https://..."
            found = [(at, c if c.href or c.kind not in kinds else replace(c, href=pages[0])) for at, c in found]
        found = found if label and is_asked else [(at, c) for at, c in found if c.href]
        for _position, channel in sorted(found, key=lambda pair: pair[0]):
            known = next((index for index, c in enumerate(self.people.channels) if c.kind == channel.kind), None)
            if known is None:
                self.people.channels.append(channel)
            elif channel.href and not self.people.channels[known].href:
                self.people.channels[known] = channel

    def _href(self, kind: str, pattern: str, text: str, line: int) -> str:
        inline = self.reader.read(text, line)
        if kind == "email":
            mailto = next((target.href for target in inline.links if target.href.lower().startswith("mailto:")), "")
            address = EMAIL.search(inline.text) if "@" in inline.text else None
            return mailto or (f"mailto:{address[0]}" if address else "")
        said = (t.href for t in inline.links if re.search(pattern, fold(f"{t.label} {t.href.replace('/', ' ')}")))
        return next(said, "")


def names_channel(text: str) -> bool:
    """Whether a text has an address, or names a place to ask."""
    folded = fold(text)
    words = (pattern for kind, pattern in CHANNELS.items() if kind not in ("teams", "email"))
    return bool("@" in text and EMAIL.search(text)) or any(
        re.search(pattern, folded) for pattern in (*words, ASK_THERE)
    )


def names_in(text: str) -> list[str]:
    """ "A (a@b, office 3), B and C": cut at what stands outside of parentheses."""
    hidden = IN_PARENTHESES.sub(lambda match: "\0" * len(match[0]), text)
    cuts = [match.span() for match in BETWEEN_NAMES.finditer(hidden)]
    starts, ends = [0, *(end for _start, end in cuts)], [*(start for start, _end in cuts), len(text)]
    names: list[str] = []
    for start, end in zip(starts[:MAX_PEOPLE], ends[:MAX_PEOPLE], strict=True):
        name = text[start:end].strip()
        if names and NO_NAME.match(fold(name)) and not OTHERS.match(fold(name)):
            names[-1] = f"{names[-1]}, {name}"  # "Ada Lovelace, office hours on Tuesday": said of her
        elif name and not (names and OTHERS.match(fold(name))):
            names.append(name)
    return names


def _role(said: str) -> tuple[str, str]:
    """What stands beside a name as role and place: "Gates 246" is no role, and "web" is a link."""
    pieces = [piece.strip() for piece in re.split(r"[,;|·]", said)]
    roles = [piece for piece in pieces if not WEB_LABEL.match(fold(piece)) and not PLACE.search(fold(piece))]
    if len(roles) == len(pieces):
        return said, ""
    if not any(PLACE.search(fold(piece)) for piece in pieces):
        return ", ".join(roles), ""
    known = [piece for piece in roles if ROLE_LABEL.match(fold(piece))]
    return ", ".join(known), ", ".join(piece for piece in pieces if piece not in known)


def singular(label: str) -> str:
    """One of them: "TA" of "TAs", "Chargé de TD" of "Chargés de TD"."""
    if french := re.match(r"(\w{4,})s(?= d(?:e\b|['’]))", label):
        return french[1] + label[french.end() :]
    is_several = label.endswith("s") or (label.endswith("S") and len(label) > LONGEST_SHORT)
    return label[:-1] if is_several and not label.endswith(("ss", "SS")) else label
