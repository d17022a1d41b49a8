"""Files of a mebibyte that are only meant to hurt."""

from schedule.readme import MAX_BYTES

ROW = "| 13/02/2026 | W1 | Data | [s](a.pdf) |\n"
HEAD = "# C101 - Testing [spring 2026]\n\n## Schedule\n\n| Date | Week | Topic | Slides |\n|---|---|---|---|\n"
HOSTILE = {
    "pipes": "|" * MAX_BYTES,
    "lines of pipes": ("|" * 52 + "\n") * (MAX_BYTES // 53),
    "a row of pipes": HEAD + "|" * 1_000_000,
    "rows": HEAD + ROW * 19_000,
    "wide": f"|{'date|' * 60_000}\n|{'-|' * 60_000}\n|a|\n",
    "brackets in a cell": HEAD + "| 13/02/2026 | W1 | " + "[" * 1_000_000 + " | |\n",
    "half links": HEAD + ("| 13/02/2026 | W1 | " + "[a](" * 12 + " | |\n") * 1900,
    "links in prose": "[a](b) " * 140_000,
    "images": "![" * 500_000,
    "headings": "# [a](b) schedule 13/02/2026\n" * 4000,
    "numbered headings": "".join(f"## Week {number} (13/02): A\n- [x](y)\n" for number in range(4000)),
    "underlined headings": "[a](b) schedule 13/02/2026\n---\n" * 4000,
    "dates": HEAD + "| " + "1/1 and " * 120_000 + "| a | b | c |\n",
    "months": HEAD + "| " + "mar " * 250_000 + "| a | b | c |\n",
    "blanks": HEAD + "| 13" + " " * 900_000 + "x | a | b | c |\n",
    "struck": HEAD + "| 13/02/2026 " + "<s>" * 300_000 + "| a | b | c |\n",
    "tildes": HEAD + "| " + "~" * 900_000 + "| a | b | c |\n",
    "parentheses": HEAD + "| 13/02/2026 | W1 | A " + "(a)" * 300_000 + "x | |\n",
    "addresses": HEAD + ROW + "\n## Contact\n\n" + "a@b." * 250_000,
    "names": HEAD + ROW + "\n## Logistics\n\n- **Staff**: " + "a, " * 300_000,
    "one long word": HEAD + ROW + "\n## Contact\n\n- Contact: " + "a" * 900_000,
    "bold": HEAD + ROW + "\n## Contact\n\n- **" + "a  " * 300_000,
    "milestones": HEAD + ROW + "\n## Milestones\n\n" + "MS1 on 13/02. " * 70_000,
    "html": "<table>\n" + "<tr><td>13/02</td></tr>\n" * 19_000,
    "tags": "<table>\n" + "<td " * 250_000,
    "quotes": ">" * MAX_BYTES,
    "nested lists": "".join("  " * depth + "- MS1: 13/02\n" for depth in range(700)),
    "references": "".join(f"[a{number}]: x\n" for number in range(19_000)),
    "title": "# " + "C101 [2026 " * 95_000,
    "uneven tables": "| a | b |\n|---|\n\n" * 6_600,
    "braces": "{{" * 500_000,
}
