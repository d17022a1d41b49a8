"""The questions of a case study as one text: read, refused with the line, written back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.questions import Asked, NotUnderstood, Part, read, total, write

TEXT = """
1. How would you frame the problem?
Think of who uses it.
1.1 (2) What is predicted, and when?
1.2 (3 points) Which mistake costs more?
   Say why.

2. (4 pts) Which data would you ask for?
"""
QUESTIONS = [
    Asked(
        "How would you frame the problem?\nThink of who uses it.",
        [Part(2, "What is predicted, and when?"), Part(3, "Which mistake costs more?\nSay why.")],
    ),
    Asked("Which data would you ask for?", [Part(4)]),
]


def complaints(text: str) -> list[str]:
    with pytest.raises(NotUnderstood) as refusal:
        read(text)
    return refusal.value.sentences


def test_reading():
    assert read(TEXT) == QUESTIONS
    assert total(QUESTIONS) == 9


def test_an_empty_text_has_no_questions():
    assert read(" \n\n") == []


def test_writing_is_tidy():
    assert write(QUESTIONS).splitlines() == [
        "1. How would you frame the problem?",
        "Think of who uses it.",
        "1.1 (2) What is predicted, and when?",
        "1.2 (3) Which mistake costs more?",
        "Say why.",
        "",
        "2. (4) Which data would you ask for?",
    ]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("What?", ["Line 1: begin with the first question: 1. What would you do?"]),
        ("2. (4) What?", ["Line 1: question 1 comes next."]),
        ("1. (4) What?\n3. (4) What?", ["Line 2: question 2 comes next."]),
        ("1. What?\n1.2 (4) This?", ["Line 2: part 1.1 comes next."]),
        ("1. What?\n2.1 (4) This?", ["Line 2: a part of question 2, which is not the one above."]),
        ("1.1 (4) This?", ["Line 1: a part of question 1, which is not the one above."]),
        ("1. (4) What?\n1.1 (4) This?", ["Line 2: question 1 has points of its own, so it has no parts."]),
        ("1. What?\n1.1 This?", ["Line 2: say how many points it has: 1.1 (2) What is predicted?"]),
        ("1. What?\n1.1 (0) This?", ["Line 2: a part has from 1 to 20 points."]),
        ("1. (21) What?", ["Line 1: a part has from 1 to 20 points."]),
        ("1. What?\n1.1 (2)", ["Line 2: write what is asked after the points."]),
        ("1.", ["Line 1: write what is asked after the number."]),
        ("1. What?", ["Question 1 has no points: write 1. (4) before it, or parts below it."]),
        (
            "What?\n1. (4) This?\n9. (1) That?",
            [
                "Line 1: begin with the first question: 1. What would you do?",
                "Line 3: question 2 comes next.",
            ],
        ),
    ],
)
def test_what_is_not_understood(text, sentences):
    assert complaints(text) == sentences


words = st.text("abcdefghij äé?,;()", min_size=1, max_size=30).map(lambda text: f"x{' '.join(text.split())}")
parts = st.lists(st.builds(Part, st.integers(1, 20), words), min_size=1, max_size=4)
asked = st.one_of(
    st.builds(Asked, words, parts),
    st.builds(lambda text, points: Asked(text, [Part(points)]), words, st.integers(1, 20)),
)


@given(st.lists(asked, max_size=6))
def test_what_is_written_reads_the_same(questions):
    assert read(write(questions)) == questions


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text):
    try:
        read(text)
    except NotUnderstood as refusal:
        assert refusal.sentences
