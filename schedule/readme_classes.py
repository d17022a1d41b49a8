"""What a schedule row is, by its words: exam, holiday, milestone, deadline or lecture. Texts come folded."""

import re
from dataclasses import dataclass

from schedule.readme_dates import MONTH, NAMED_DAY

_NUMBER = r"#?\s*(?P<number>\d{1,2})\b"
SECTION_ROW = re.compile(
    r"^\W*(?:week|semaine|sprint|module|part|partie|phase|unit|chapter|bloc)\s*#?\s*[\divx]+\W*$"
    rf"|^\W*(?:{MONTH})\W*(?:20\d\d\W*)?$"
)
# "Part II: Systems", alone in a row and not where the topics are: a heading of the rows below.
SECTION_TITLE = re.compile(
    r"^\W*(?:week|semaine|sprint|module|part|partie|phase|unit|unite|chapter|chapitre|bloc|block|theme|section)"
    r"\s*#?\s*(?:\d{1,2}|[ivx]{1,4}|[a-h])\s*[:.–—-]\s*\S"
)
# Among the topics only a larger part than a class: "**Chapter II: Training**".
TITLED_PART = re.compile(
    r"^\W*(?:part|partie|unit|unite|chapter|chapitre|bloc|block)\s*#?\s*(?:\d{1,2}|[ivx]{1,4}|[a-h])\s*[:.–—-]\s*\S"
)
EMPHASISED = re.compile(r"^\s*(?:\*{1,3}|_{1,3}|<(?:b|i|em|strong|u)>).*(?:[*_]|</\w{1,6}>)\s*$", re.DOTALL)
BLANK = re.compile(r"^[\s\-–—_*/.|:]*$|^n\.?/?a\.?$")
PLACEHOLDER = re.compile(r"^\W*(?:tb[acd]|todo|x{3,}|to be (?:announced|defined|determined|confirmed)|lorem ipsum.*"
                         r"|a (?:venir|definir|determiner|confirmer)|coming soon)\W*$")  # fmt: skip

EXAM_WORD = (
    r"(?:(?:exam(?:s|ens?|inations?)?|mid-?terms?|partiels?|devoirs? surveilles?)\b"
    r"|(?:prelims?|controles? (?:terminal|intermediaire|final|classant|ecrit))\b"
    r"(?=\W*$|[\s*_]*(?:\(|#?\d|[ivx]{1,3}\b)))"  # "Prelims: logic" is a topic
)
EXAM_OPENS = re.compile(
    rf"^\W*(?:(?:final|oral|written|mid-?term|take-?home|partial|first|second|1st|2nd|retake|re-?sit"
    rf"|make-?up)\s+)*{EXAM_WORD}(?P<after>.*)$"
)
EXAM_IN = re.compile(rf"\b{EXAM_WORD}(?P<after>.*)$")
FINAL = re.compile(r"^\W*finals?\W*$")
NOT_EXAM = re.compile(
    r"^\W*(?:\w+\s+)?(?:break|recess|holidays?|review|revisions?|prep(?:aration)?|q ?& ?a|questions?|solutions?"
    r"|corrections?|discussion|feedback|practice|presentations?|projects?)\b"
)

NO_CLASS = re.compile(
    r"\b(?:no (?:class(?:es)?|lectures?|lessons?|sessions?|meetings?|courses?|teaching)"
    r"|pas (?:de |d['’])?(?:cours|classe|seance)|jours? feries?|(?:cours|seances?|classes?) annulee?s?"
    r"|(?:class(?:es)?|lectures?|sessions?) (?:(?:is|are) )?cancell?ed"
    r"|(?:university|campus|school|college|universite|ecole) (?:(?:is|est) )?(?:closed|fermee?))\b"
    r"|^\W*(?:cancell?ed|annulee?|supprimee?)\W*$"
)
# "Trees (no lab)" is a class; "No lab this week" alone is none.
NO_LAB = re.compile(
    r"\b(?:no (?:labs?|tps?|tds?|exercises?|exercise session)|pas (?:de |d')?(?:tps?|tds?|labos?|exercices?))\b"
    r"(?:\W+(?:this week|today|cette semaine|aujourd'hui)\b)?"
)
DAY_OFF = re.compile(
    r"\b(?:(?:public |bank |legal )?holidays?|(?<!structural )(?<!trend )(?<!regime )(?<!line )(?<!page )"
    r"break(?!-| ?out)|feries?|vacances|conges?|relache|recess|blocus|semaines? (?:blanche|de (?:lecture|etude)s?)"
    r"|(?<!paper )reading (?:week|day|period)s?|(?<!case )study (?:week|break|period)s?"
    r"|(?:pause|interruption) pedagogique)\b"
)
DAY_OFF_OPENS = re.compile(
    r"^\W*(?:(?:jours?|semaines?|periode)\s+(?:de\s+|d')?(?:conges?|relache|vacances)"
    r"|(?:spring|fall|autumn|winter|summer|easter|christmas|thanksgiving|carnival|reading|semester|mid-?(?:term|semester))"
    r"\s+(?:break|recess|holidays?|vacation))\b"
)
AFTER_OFF = r"(?:weeks?|days?|periods?|semaines?|jours?|\d+)"
BEFORE_REMARK = re.compile(r"\s[-–—]+\s|[–—(:;]")
NAMED_DAY_OFF = re.compile(
    r"^\W*(?:(?:(?:thanksgiving|ascension|juneteenth|christmas|new year['’]?s?)(?: day| eve)?"
    r"|easter(?: sunday| monday)?|(?:whit|pentecost|clean) monday|good friday|carnival"
    r"|(?:labou?r|memorial|president['’]?s?['’]?|veterans?['’]?|columbus|indigenous peoples?['’]?|independence"
    r"|patriots?['’]?|family|victoria|canada|king['’]?s|liberation|boxing) day"
    r"|(?:martin luther king|mlk)(?:,? jr\.?)?(?:['’]s)?(?: birthday)?(?: day)?)(?: (?:weekend|observed))?"
    r"|(?:(?:lundi|jeudi) de (?:l['’])?)?(?:paques|pentecote|ascension)|toussaint|assomption|armistice|carnaval|noel"
    r"|fete (?:du travail|nationale|de la victoire)|(?:jour|nouvel) (?:de l['’])?an|(?:8|1er) mai|11 novembre)"
    r"\W*(?:\([^()]*\)\W*)?$"
)
SESSION = re.compile(
    r"\b(?:lectures?|sessions?|labs?|tps?|tds?|exercises?|exercices|tutorials?|seminars?|workshops?|guest|seances?"
    r"|ateliers?|practicals?|catch-?up|presentations?|soutenances?|milestones?|ms ?\d+"
    r"|projects? \d+(?!\W*(?:(?:is|are)\s+)?(?:due|deadline|report)\b))\b"
)

MILESTONE = re.compile(rf"^\W*(?:project\s+|projet\s+)?(?:ms|milestone|jalon)\s*{_NUMBER}")
PRESENTATION = re.compile(
    r"^(?P<before>(?:[^\s,;:+/&]+\s+){0,3})\b(?:projects?\s+(?:final\s+|poster\s+)?"
    r"presentation(?:s|\s+(?:day|session|[ivx]{1,3}|\d)\b)|final\s+(?:project\s+)?"
    r"presentations?|presentations?\s+(?:of\s+(?:the\s+)?(?:final\s+)?projects|finales?|des\s+projets)"
    r"|presentations\s+(?:orales\s+)?(?:des|de|du)\s+projets?|soutenances?|(?:projects?|final|oral)\s+defen[cs]es?"
    r"|defenses?\s+(?:orales?|finales?|de|des|du)\b)"
)
# "RRR week: project presentations": what the colon opens.
PRESENTS = re.compile(r":\s+(?:(?:final|group|student|oral)\s+)?projects?\s+(?:final\s+)?presentations\b")
DEFENSE = re.compile(r"^\W*défenses?\b", re.IGNORECASE)
DEADLINE = re.compile(
    r"^\W*(?:deadline|due\b(?! dilig)|remise|rendu\b(?! [23]d| photo| temps)|date limite|echeance)"
    r"|\bdeadlines?\W*(?:\([^()]*\))?$|\bdue(?:\s*[:!]|\s+(?:on|by|at|today|tonight|in class|before|this)\b|\W*$"
    rf"|\W+(?:\d{{1,2}}(?:[/.]\d|(?:st|nd|rd|th)?\s)|(?:{MONTH})\b|{NAMED_DAY.pattern}))"
    r"|\b(?:a rendre|a remettre)\b|^(?:\S+\s+){1,4}(?:rendu|remise)\W*$"
)
DUE_WORD = re.compile(r"\b(?:due|deadlines?|remise|rendu|rendre|remettre|echeance|submit|submission)\b")
HANDED_OUT = re.compile(r"\b(?:out|released?|handed out|posted|published|publie|distribue)\W*$")

REMARK = re.compile(
    r"\b(?:rooms?|salle|amphi\w*|auditorium|auditoire|building|batiment|local \S*\d|swapped|moved|changed|postponed"
    r"|rescheduled|cancell?ed|deplacee?|decalee?|reportee?|annulee?|tentative|provisional|provisoire|tb[acd]"
    r"|a confirmer|to be (?:confirmed|announced|determined|defined)|no (?:labs?|class|tps?|lecture|exercises?"
    r"|tutorials?|recitations?|discussions?|(?:\w+ )?sessions?)"
    r"|pas de (?:tp|td|labo|cours)|starts? at|until"
    r"|instead|due|deadline|in[ -]class|class in|exceptional\w*)\b"
    r"|^\W*(?:guest|invite\w*|optional|optionnel|facultati\w+|recorded|note|attention|online|en ligne|remote|distanciel"
    r"|hybrid|zoom|teams)(?:\W*$|:|\s+(?:class|lecture|session|only|via|on|at|by)\b)"
    r"|^\W*(?:continued|cont(?:'d|\.)|suite|end|fin)(?:\W*$|\s+(?:of|de|du|from)\b)"
    r"|\b\d{1,2}\s?[:h]\s?\d{2}\b|^\W*[a-z]{1,3}\.?\s?\d{2,4}[a-z]?(?:[\s./-]+[a-z]?\.?\d+\S*)*\W*$|!$"
    r"|^\W*[a-z]{1,4}\s?\d\.\d{2,3}[a-z]?\W*$"
)
TRAILING = re.compile(r"\s*\((?P<inside>[^()]*(?:\([^()]*\)[^()]*)*)\)\s*$")


@dataclass(frozen=True)
class Texts:
    """A row's words: `title` is the topic's first line, `topic` all of it, `accented` the title as written."""

    title: str
    topic: str
    week: str
    type: str
    sprint: str
    accented: str


def classify(row: Texts) -> str:
    if is_exam(row):
        return "exam"
    if is_holiday(row):
        return "holiday"
    if milestone_number(row) or presents(row.title) or DEFENSE.match(row.accented):
        return "milestone"
    if is_due(row.title) or DEADLINE.search(row.type):
        return "deadline"
    return "lecture"


def is_due(text: str) -> bool:
    return bool(DEADLINE.search(text)) and not SESSION.match(text)


def presents(title: str) -> bool:
    return bool(PRESENTATION.search(_after_day_off(title)) or PRESENTS.search(title))


def is_exam(row: Texts) -> bool:
    if FINAL.match(row.title):
        return True
    told = [EXAM_OPENS.match(row.title), EXAM_IN.search(row.week), EXAM_IN.search(row.type)]
    return any(match and not NOT_EXAM.match(match["after"]) for match in told)


def is_holiday(row: Texts) -> bool:
    elsewhere = (text for text in (row.week, row.type, row.sprint) if not (row.topic and NO_LAB.search(text)))
    if not any(names_day_off(text) for text in (row.topic, *elsewhere) if text):
        return False
    return not SESSION.search(DAY_OFF.sub(" ", NO_LAB.sub(" ", NO_CLASS.sub(" ", row.topic))))


def names_day_off(text: str) -> bool:
    if NO_CLASS.search(text) or NAMED_DAY_OFF.match(text) or DAY_OFF_OPENS.match(text):
        return True
    if NO_LAB.search(text) and BLANK.match(NO_LAB.sub(" ", text)):
        return True
    if not DAY_OFF.search(text):
        return False
    # "Modelling holiday effects" is a topic: the word opens or ends the text, or what stands before a remark.
    return any(_is_day_off(part) for part in (text, BEFORE_REMARK.split(text)[0]))


def _is_day_off(text: str) -> bool:
    words = re.sub(r"[\W_]+", " ", text).strip()
    found = list(DAY_OFF.finditer(words))
    if not found:
        return False
    after = words[found[-1].end() :].split()
    return found[0].start() == 0 or all(re.fullmatch(AFTER_OFF, word) for word in after)


def _after_day_off(title: str) -> str:
    """ "No class, project presentations": what takes place instead."""
    cut = re.search(rf"{BEFORE_REMARK.pattern}|,", title)
    return title[cut.end() :].strip() if cut and names_day_off(title[: cut.start()]) else title


def milestone_number(row: Texts) -> int | None:
    for text in (row.title, row.week, row.type):
        if match := MILESTONE.match(text):
            return int(match["number"])
    return None


def split_remark(title: str, folded: str) -> tuple[str, str]:
    """The title and its trailing parenthesis, where that is a remark or a room and no part of the title."""
    match = TRAILING.search(title)
    if not match or not title[: match.start()].strip():
        return title, ""
    if not REMARK.search(folded[match.start("inside") : match.end("inside")]):
        return title, ""
    return title[: match.start()].rstrip(), match["inside"].strip(" _*")
