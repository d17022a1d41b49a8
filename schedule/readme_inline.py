"""What stands inside a block: plain text line by line, the links, and what each link is."""

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _
from markdown_it.token import Token

from schedule.readme_facts import MAX_CELL_LINKS, MAX_HREF, Image, LinkKind
from schedule.readme_text import AsWritten, Document, Warnings, fold, one_line

INLINE = AsWritten("commonmark").enable("strikethrough")

# Reading links costs up to 15 microseconds a bracket; past this a file is no course page any more.
BRACKETS = 20_000
CHARACTERS = 200_000

# The usual cell, one plain link, needs no inline parser.
LINK_ALONE = re.compile(r"\[([^\[\]<>*_~`\\&!\n]*[^\[\]<>*_~`\\&!\s])\]\(([^()<>\\&\s]+)\)")
SPECIAL = re.compile(r"[\[\]<>*_~`\\&!\n]|https?:|www\.")
BARE_URL = re.compile(r"(?:https?://|(?<![\w@./-])www\.(?=[\w-]+\.\w))[^\s<>|\ue000\ue001]+")
OPEN, CLOSE = "\ue000", "\ue001"  # around the text of a link, while a line is put together
MARKED = rf"{OPEN}[^{CLOSE}]*{CLOSE}"
MARKED_LINK = re.compile(MARKED)
MARKED_OR_BARE = re.compile(rf"({MARKED})|{BARE_URL.pattern}")
LINK_LIST = re.compile(rf"{MARKED}(?:\s*[,;/|·&+]\s*{MARKED})+")
PARTED = re.compile(r"\s+([,;])")  # what parted two links of which the first is gone
FULL_STOP = re.compile(r"(?<=[^\W\d_]{4})\.[\s.]*$")
LEFT_BETWEEN = re.compile(r"(?<=[.;:,!?])\s+\.(?=\s|$)")  # "Trees. [Slides](a). More"
LEFT_OVER = re.compile(r"(?:\s+[-–—|·:,;/&+])+\s*$|(?<=\w)[:,;]\s*$")
LEFT_INSIDE = re.compile(r"\s?[,;|·/&+]\s+(?=[)\]])|(?<=[(\[])\s+[,;|·/&+]\s*")  # "(with Ada, [slides](a))"
LINKS_IN_BRACKETS = re.compile(rf"[\[(]\s*(?:{MARKED}[\s,;|/·&+–-]*)+[\])]")
GENERIC = re.compile(
    r"^(?:pdf|pptx?|html|slides?|diapo(?:sitive)?s?|transparents?|planches?|supports?|videos?|recordings?|handouts?|code"
    r"|notebooks?|colab|link|lien|notes?|solutions?|corrections?"
    r"|(?:lecture|guest lecture|lab|course) (?:slides?|notes?|notebook|folder|video))$"
)
FOOTNOTE = re.compile(r"\[\^[^\[\]\s]{1,60}\]")
BREAKS = ("br", "p", "div", "li", "ul", "ol")
DANGLING = re.compile(rf"\[[^\[\]{OPEN}]+\](?:\[[^\[\]{OPEN}]*\]|\s+\([^()\s{OPEN}]*[./][^()\s{OPEN}]*\))")
LINK_TARGET = re.compile(r"(?<=\])\([^()]*\)|(?<=\])\[[^\[\]]*\]")
SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*):", re.IGNORECASE)
NO_SCHEME = re.compile(
    r"^(?:www\.|(?:[a-z0-9-]+\.)+(?:com|org|net|edu|eu|be|fr|ch|ca|uk|de|nl|io|ai|gg)(?:[/?#:]|$))", re.IGNORECASE
)
PLACEHOLDER = re.compile(
    r"^(?:#|\.{3}|…|-+|\?+|x{2,}|(?:link|lien|url|uri|href|path|file|todo|tb[acd]|placeholder|"
    r"(?:your|insert|add)[-_ ]?(?:link|url)?(?:[-_ ]here)?)|https?:/*)$",
    re.IGNORECASE,
)

LABEL_KINDS: tuple[tuple[LinkKind, re.Pattern[str]], ...] = (
    ("guest", re.compile(r"\bguest|\binvite")),
    ("notebook", re.compile(r"\bnotebook|\bcolab\b|\bjupyter")),
    ("demo", re.compile(r"\bdemos?\b|\bdemonstration")),
    ("lab", re.compile(r"\blabs?\d*\b|\b(?:tp|td) ?\d*\b|\btutorials?\b|\bexerci[cs]es?\b|\bdirected work"
                       r"|\batelier|\bpracticals?\b|\btravaux (?:pratiques|diriges)")),
    ("slides", re.compile(r"\bslides?\b|\bslide ?deck|\bdiapos?|\btransparents?\b|\blecture|\bcours\b|\bpptx?\b")),
)  # fmt: skip
PATH_KINDS: tuple[tuple[LinkKind, re.Pattern[str]], ...] = (
    ("guest", re.compile(r"guest")),
    ("notebook", re.compile(r"\.ipynb$|colab\.research|notebooks?/")),
    ("demo", re.compile(r"(?:^|[/_=-])demos?(?=[/_.\d-]|$)")),
    ("lab", re.compile(r"(?:^|[/_=-])(?:labs?|tps?|tds?|tutorials?|exercises?|exercices?|directed[_-]?works?|ateliers?)"
                       r"(?=[/_.\d-]|$)")),
    ("slides", re.compile(r"(?:^|[/_=-])(?:slides?|lectures?|lec|cours|diapos?)(?=[/_.\d-]|$)|\.(?:pptx?|odp|key)$")),
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A link as found; `href` is empty where nothing may be opened, the warning says why."""

    label: str
    href: str


@dataclass
class Inline:
    """`parts` are the plain lines between line breaks, without bracketed links such as `[PDF]` or `(slides, lab)`;
    `beside` is the text that is in no link."""

    parts: list[str] = field(default_factory=list)
    beside: str = ""
    links: list[Target] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)

    @property
    def text(self) -> str:
        return one_line(" ".join(self.parts))


class _Tag(HTMLParser):
    """Reads one tag of inline HTML."""

    name, closing, href = "", False, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.name, self.href = tag, dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        self.name, self.closing = tag, True


class Reader:
    """Reads inline Markdown of one document, within a budget, and judges its links."""

    def __init__(self, doc: Document, warnings: Warnings):
        self.doc, self.warnings = doc, warnings
        self.code = ""  # of the course: a repository whose name holds it is the course's own
        self._brackets, self._characters, self._is_spent = BRACKETS, CHARACTERS, False
        self._anchors: set[str] | None = None
        self._known: dict[tuple[str, int], Inline] = {}

    def read(self, content: str, line: int) -> Inline:
        """What a piece of inline Markdown says; `line` (from 1) is where its warnings stand."""
        key = (content, line)
        if key not in self._known:
            self._known[key] = self._fresh(content, line)
        return self._known[key]

    def _fresh(self, content: str, line: int) -> Inline:
        if "[^" in content:
            content = FOOTNOTE.sub("", content)
        if not SPECIAL.search(content):
            text = one_line(content)
            return Inline([text], text) if text else Inline()
        if alone := LINK_ALONE.fullmatch(content):
            found = Inline()
            found.parts = [self._line(found, self._link(found, one_line(alone[1]), alone[2], line), line)]
            return found
        self._brackets -= content.count("[")
        self._characters -= len(content)
        if self._brackets < 0 or self._characters < 0:
            if not self._is_spent:
                message = _("There are too many brackets in this file: the links from here on were read as text.")
                self.warnings.add("row-broken", line, message, content)
            self._is_spent = True
            return Inline([one_line(content)], one_line(content))
        tokens: list[Token] = []
        INLINE.inline.parse(content, INLINE, self.doc.env, tokens)
        return self._collect(tokens, line)

    def plain(self, content: str, line: int) -> str:
        return self.read(content, line).text

    def _collect(self, tokens: list[Token], line: int) -> Inline:
        found, buffer, struck, label, href = Inline(), [""], 0, None, ""
        for kind, value in _events(tokens):
            if kind == "struck":
                struck += int(value)
            elif struck > 0:
                continue
            elif kind == "break":
                if label is None:
                    buffer.append("")
                else:
                    label += " "
            elif kind == "text":
                if label is None:
                    buffer[-1] += value
                else:
                    label += value
            elif kind == "image":
                alt, _sep, source = value.partition("\n")
                found.images.append(Image(one_line(alt), source, line))
                if label is not None:
                    label += alt
            elif kind == "open":
                label, href = "", value
            elif kind == "close" and label is not None:
                buffer[-1] += self._link(found, one_line(label), href, line)
                label = None
        if label is not None:
            buffer[-1] += label
        found.parts = [self._line(found, text, line) for text in buffer]
        return found

    def _link(self, found: Inline, label: str, href: str, line: int) -> str:
        if not label:
            message = _("A link without a text was left out: write what it opens between the brackets.")
            self.warnings.add("empty-link", line, message, href)
            return href
        target = self.judge(label, href, line)
        if target is None:
            return label
        if len(found.links) == MAX_CELL_LINKS:
            message = _("More than 200 links in one place: the rest of them were read as text.")
            self.warnings.add("row-broken", line, message, label)
            return label
        found.links.append(Target(label, target))
        return f"{OPEN}{label}{CLOSE}"

    def _line(self, found: Inline, text: str, line: int) -> str:
        """One line of text: bare addresses become links, bracketed links leave, the others leave their text."""

        def bare(match: re.Match[str]) -> str:
            url = match[0].rstrip(".,;:!?'\"")
            while url.endswith(")") and url.count(")") > url.count("("):
                url = url[:-1]
            return self._link(found, url, url, line) + match[0][len(url) :]

        if "http" in text or "www." in text:
            text = MARKED_OR_BARE.sub(lambda match: match[1] or bare(match), text)
        if "[" in text:
            for dangling in DANGLING.finditer(text):
                message = _("A link without a target was read as text: add its address or its reference.")
                self.warnings.add("link-without-target", line, message, dangling[0])
        if OPEN not in text:
            text = one_line(text)
            found.beside = f"{found.beside} {text}".strip()
            return text
        text = PARTED.sub(r"\1", LINKS_IN_BRACKETS.sub(" ", text))
        beside = one_line(MARKED_LINK.sub(" ", text)).strip(" -–—,;/|·&+.")
        found.beside = f"{found.beside} {beside}".strip()

        def shown(match: re.Match[str]) -> str:
            label = match[0][1:-1]
            return " " if beside and (GENERIC.match(fold(label)) or label.startswith(("http", "www."))) else label

        def listed(match: re.Match[str]) -> str:  # "Trees [slides](a), [TP](b)": the list is beside the topic
            return " " if beside and GENERIC.match(fold(match[0][1 : match[0].index(CLOSE)])) else match[0]

        ends = text.rstrip().endswith(CLOSE)
        text = MARKED_LINK.sub(shown, LINK_LIST.sub(listed, text))
        if ends and text.endswith(" "):  # "Trees. [Slides](a)": the sentence was cut off from its link
            text = FULL_STOP.sub("", text.rstrip())
        return one_line(LEFT_OVER.sub("", LEFT_BETWEEN.sub("", LEFT_INSIDE.sub("", text))))

    def judge(self, label: str, href: str, line: int) -> str | None:
        """The address that may be opened, or None with a warning (or silence for a link within the page)."""
        href = href.strip()
        bare = "".join(href.split()).replace("\\", "/")  # as a browser reads it
        warn = self.warnings.add
        if not bare:
            warn("link-without-target", line, _("A link without a target was read as text: add its address."), label)
        elif PLACEHOLDER.match(bare):
            message = _("The target of this link is a placeholder, so it was read as text: put the real address there.")
            warn("placeholder-link", line, message, f"[{label}]({href})")
        elif bare.startswith("#"):
            if unquote(bare[1:]).lower() not in self.anchors:
                message = _("This link leads to a heading that the file does not have.")
                warn("anchor-missing", line, message, f"[{label}]({href})")
        elif self._is_unsafe(bare):
            message = _("Only links to web pages, mail addresses and files of the course are opened: read as text.")
            warn("unsafe-link", line, message, f"[{label}]({href[:200]})")
        elif NO_SCHEME.match(bare):
            warn("link-no-scheme", line, _("The address has no https:// in front; it was assumed."), href)
            return f"https://{href}"
        else:
            if self._is_own_branch(bare):
                message = _("This link names a branch of the course's own repository: next year it shows other files.")
                warn("own-repo-branch", line, message, href)
            return href
        return None

    @staticmethod
    def _is_unsafe(bare: str) -> bool:
        if len(bare) > MAX_HREF or bare.startswith("//") or not bare.isprintable():
            return True
        if scheme := SCHEME.match(bare):
            return scheme[1].lower() not in ("http", "https", "mailto")
        if ".." not in bare and "%" not in bare:
            return False
        path = unquote(re.split(r"[?#]", bare)[0]).replace("\\", "/").lstrip("/")
        return posixpath.normpath(path).split("/")[0] == ".."

    def _is_own_branch(self, bare: str) -> bool:
        if not self.code or not bare.startswith("http"):
            return False
        code = re.sub(r"[^a-z0-9]", "", fold(self.code))
        try:
            url = urlsplit(bare)
        except ValueError:
            return False
        steps = url.path.strip("/").split("/")
        if url.hostname == "raw.githubusercontent.com":
            steps.insert(2, "raw")
        elif not url.hostname or not re.search(r"github|gitlab", url.hostname):
            return False
        own = len(steps) > 3 and code in re.sub(r"[^a-z0-9]", "", fold(steps[1]))
        return own and any(step in ("blob", "raw", "tree") for step in steps[2:4])

    @property
    def anchors(self) -> set[str]:
        if self._anchors is None:
            seen = Counter[str]()
            self._anchors = set()
            for part in self.doc.parts:
                text = LINK_TARGET.sub("", part.heading[:500]).replace("*", "").lower()
                slug = re.sub(r"[^\w\- ]", "", text).strip().replace(" ", "-")
                self._anchors.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
                seen[slug] += 1
            named = re.compile(r"""<[^<>]{1,200}\b(?:id|name)\s*=\s*["']?([^"'\s>]+)""")
            self._anchors |= {name.lower() for text in self.doc.lines if "<" in text for name in named.findall(text)}
        return self._anchors


def _events(tokens: list[Token]) -> Iterator[tuple[str, str]]:
    """Inline tokens as a flat stream: text, break, struck (+1, -1), open (href), close, image."""
    for token in tokens:
        if token.type in ("text", "code_inline", "text_special"):
            yield "text", token.content
        elif token.type == "softbreak":
            yield "text", " "
        elif token.type == "hardbreak":
            yield "break", ""
        elif token.type == "s_open":
            yield "struck", "1"
        elif token.type == "s_close":
            yield "struck", "-1"
        elif token.type == "link_open":
            yield "open", str(token.attrs.get("href", ""))
        elif token.type == "link_close":
            yield "close", ""
        elif token.type == "image":
            yield "image", f"{token.content}\n{token.attrs.get('src', '')}"
        elif token.type == "html_inline":
            tag = _Tag()
            tag.feed(token.content)
            if tag.name in BREAKS:
                yield "break", ""
            elif tag.name in ("s", "del", "strike"):
                yield "struck", "-1" if tag.closing else "1"
            elif tag.name == "a" and (tag.closing or tag.href):
                yield ("close", "") if tag.closing else ("open", tag.href)


def retitled(label: str, title: str, new: str) -> str:
    """The label of a link that the title of its class stands in, with another title; "" where it does not."""
    before, found, after = label.partition(title)
    is_word = not re.search(r"\w$", before) and not re.match(r"\w", after)
    return one_line(f"{before}{new}{after}") if title and found and is_word else ""


def kind_of(label: str, href: str, column: str, header: str) -> tuple[LinkKind, bool]:
    """The kind of a link, and whether its column says another one: label first, then path, then column."""
    by_column: LinkKind = "link"
    if column == "directed_work":
        by_column = "demo" if re.fullmatch(r"demos?", header) else "lab"
    elif re.search(r"\bslides?\b|\bdiapos?", header):
        by_column = "slides"
    words = fold(label)
    path = fold(unquote(href))
    kind = next((kind for kind, pattern in LABEL_KINDS if pattern.search(words)), None)
    kind = kind or next((kind for kind, pattern in PATH_KINDS if pattern.search(path)), None)
    if kind is None:
        return by_column, False
    against = ("slides", "guest") if by_column in ("lab", "demo") else ("lab", "demo")
    return kind, by_column != "link" and kind in against
