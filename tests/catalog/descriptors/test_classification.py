import pytest

from catalog.descriptors.classification import marks_personal_data, normal, rank, strictest


def test_the_order_of_the_four_classes():
    assert [rank(word) for word in ("public", "internal", "confidential", "restricted")] == [
        0, 1, 2, 3,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "counts_as"),
    [("Public", "public"), ("", "internal"), (" ", "internal"), ("secret", "restricted"),
     ("5", "restricted")],
)  # fmt: skip
def test_a_word_we_do_not_know_counts_as_the_strictest(written, counts_as):
    assert normal(written) == counts_as


def test_the_strictest_of_several():
    assert strictest(["public", "confidential", ""]) == "confidential"
    assert strictest([]) == "internal"


def test_tags_mark_personal_data_in_any_spelling():
    assert marks_personal_data(["PII "], "")
    assert marks_personal_data([], "phi")
    assert not marks_personal_data(["piil"], "restricted")
