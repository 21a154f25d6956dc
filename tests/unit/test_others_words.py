"""What another server said, within a sentence of ours."""

from __future__ import annotations

import pytest

from integration.others_words import quoted, without_others_words

SENTENCE = "shop nl: GET /orders: answered 422: «Jan Jansen is unknown» (no_customer)"


@pytest.mark.parametrize(
    ("sentence", "left"),
    [
        (SENTENCE, "shop nl: GET /orders: answered 422: «…» (no_customer)"),
        (SENTENCE[:50], "shop nl: GET /orders: answered 422: «…»"),
        ("«Jan» and «Piet»: no", "«…» and «…»: no"),
        ("nobody said anything", "nobody said anything"),
        ("", ""),
    ],
)
def test_the_words_of_others_can_be_left_out_of_a_sentence(sentence: str, left: str) -> None:
    assert without_others_words(sentence) == left


@pytest.mark.parametrize("words", ["a» b", "«a» b", "a «b"])
def test_no_words_end_their_quotes_themselves(words: str) -> None:
    assert without_others_words(f"it said {quoted(words)}.") == "it said «…»."


def test_nothing_said_is_nothing_quoted() -> None:
    assert quoted("") == ""
